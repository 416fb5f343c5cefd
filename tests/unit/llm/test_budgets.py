"""Budgets: whatever calls overlap, what is spent and set aside never exceeds what anybody may spend."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import Conflict
from nacre.llm.caller import HOME, Caller
from nacre.llm.ledger.budgets import Budget, Budgets, Meter, Reservation, Subject

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALLERS = [
    Caller(branch, "db", role, branch=branch, person=person)
    for branch in ("shop:main", "shop:try", "bank:main")
    for role in ("ann", "bob")
    for person in (None, "cleo")
]
NAMES = {"everybody": [""], "person": ["cleo", "*"], "role": ["ann", "bob", "*"], "branch": ["shop:main", "*"]}
BUDGETS = [
    Budget(scope, cast(Subject, subject), name, period, cost)
    for scope in (HOME, "shop")
    for subject, names in NAMES.items()
    for name in names
    for period in ("day", "month")
    for cost in (0, 7, 40, 100)
]
budgets = st.lists(st.sampled_from(BUDGETS), min_size=1, max_size=6)
steps = st.lists(
    st.tuples(st.sampled_from(CALLERS), st.integers(0, 40), st.integers(0, 100), st.integers(0, 3)), max_size=25
)


@given(budgets, steps)
def test_calls_that_overlap_never_spend_more_than_a_budget_has(all_of_them: list[Budget], calls: list) -> None:
    """Each call reserves, and some time later settles for no more than it reserved, as a model of dicts sees it."""
    kept = Budgets(all_of_them, lambda meter: 0)  # of two for the same, the last counts
    under_way: list[tuple[Reservation, int]] = []
    spent: dict[Meter, int] = {}
    for caller, cost, share, waits in calls:
        try:
            reservation = kept.reserve(caller, cost, NOON)
        except Conflict as error:
            assert error.code == "budget-spent" and "e-" not in str(error)
            left = kept.left(caller, NOON)
            assert left is not None and left < cost
        else:
            under_way.append((reservation, cost * share // 100))
        while len(under_way) > waits:
            reservation, paid = under_way.pop(0)
            kept.settle(reservation, paid)
            for meter in reservation.meters:
                spent[meter] = spent.get(meter, 0) + paid
    allowed = {(one.scope, one.subject, one.name, one.period): one.cost for one in all_of_them}
    for meter, total in spent.items():
        each = (meter.scope, meter.subject, "*", meter.period)
        one = (meter.scope, meter.subject, meter.name, meter.period)
        assert total <= allowed.get(one, allowed.get(each, -1))


def test_a_period_begins_anew_and_a_change_holds_at_once() -> None:
    budget = Budget(HOME, "everybody", "", "day", 10)
    kept = Budgets([budget], lambda meter: 0)
    ann = CALLERS[0]
    kept.settle(kept.reserve(ann, 10, NOON), 10)
    with pytest.raises(Conflict):
        kept.reserve(ann, 1, NOON)
    kept.reserve(ann, 10, NOON + timedelta(days=1))
    kept.put(Budget(HOME, "everybody", "", "day", 15))
    assert kept.left(ann, NOON) == 5
    kept.drop(budget)
    assert kept.left(ann, NOON) is None
