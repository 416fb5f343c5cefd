"""Budgets: what may be spent in a day or a month, by everybody, by one, or by each; kept by reserving beforehand."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from nacre.core.errors import Conflict
from nacre.llm.caller import HOME, Caller

Subject = Literal["everybody", "person", "role", "branch"]
Period = Literal["day", "month"]

EACH = "*"
"""The name of a budget that everyone of its kind has for themselves."""


@dataclass(frozen=True)
class Budget:
    """`cost` in billionths of a dollar, in a day or month of UTC. `scope`: whose calls it is about."""

    scope: str
    subject: Subject
    name: str
    period: Period
    cost: int


@dataclass(frozen=True)
class Meter:
    """What is counted in one period, whatever the budget is that it is held against: that may change meanwhile."""

    scope: str
    subject: Subject
    name: str
    period: Period
    since: str


Spent = Callable[[Meter], int]
"""What was spent on a meter until now, from the ledger; asked once for each."""


@dataclass(frozen=True)
class Reservation:
    """What a call may cost, set aside on each of its meters until it is settled."""

    meters: tuple[Meter, ...]
    cost: int


class Budgets:
    """All its methods belong to one event loop, so that a look and what follows from it are one step."""

    def __init__(self, budgets: Iterable[Budget], spent: Spent) -> None:
        self._budgets = {_key(budget): budget for budget in budgets}
        self._load = spent
        self._spent: dict[Meter, int] = {}
        self._reserved: dict[Meter, int] = defaultdict(int)

    def all(self) -> list[Budget]:
        return sorted(self._budgets.values(), key=_key)

    def put(self, budget: Budget) -> None:
        self._budgets[_key(budget)] = budget

    def drop(self, budget: Budget) -> None:
        self._budgets.pop(_key(budget), None)

    def left(self, caller: Caller, now: datetime) -> int | None:
        """The least that is left on any meter of this caller; None where no budget is about them."""
        return min((self._left(meter, budget) for meter, budget in self._meters(caller, now)), default=None)

    def reserve(self, caller: Caller, cost: int, now: datetime) -> Reservation:
        """Set `cost` aside. Raises Conflict "budget-spent" (LM008) where a meter has less left."""
        meters = dict(self._meters(caller, now))
        for meter, budget in meters.items():
            if cost > self._left(meter, budget):
                raise self._spent_up(meter, budget, cost)
        for meter in meters:
            self._reserved[meter] += cost
        return Reservation(tuple(meters), cost)

    def settle(self, reservation: Reservation, cost: int) -> None:
        """Give back what was set aside, and count what it did cost."""
        for meter in reservation.meters:
            self._spent[meter] = self._known(meter) + cost
            self._reserved[meter] -= reservation.cost
            if not self._reserved[meter]:
                del self._reserved[meter]

    def forget(self, scope: str) -> None:
        """Drop a project's own budgets, and read what is left of its spending from the ledger again."""
        self._budgets = {key: budget for key, budget in self._budgets.items() if budget.scope != scope}
        self._spent = {}

    def spent(self, budget: Budget, name: str, now: datetime) -> int:
        """What was spent of a budget by `name` in its period until now."""
        return self._known(_meter(budget, name, now))

    def _meters(self, caller: Caller, now: datetime) -> Iterable[tuple[Meter, Budget]]:
        """Each with the budget it is held against; where one is named and all have one each, the one named counts."""
        found: dict[Meter, Budget] = {}
        for budget in self._budgets.values():
            name = _named(budget.subject, caller)
            if budget.scope not in (HOME, caller.scope) or name is None or budget.name not in (name, EACH):
                continue
            meter = _meter(budget, name, now)
            if budget.name == name or meter not in found:
                found[meter] = budget
        return found.items()

    def _left(self, meter: Meter, budget: Budget) -> int:
        return budget.cost - self._known(meter) - self._reserved.get(meter, 0)

    def _known(self, meter: Meter) -> int:
        if meter not in self._spent:
            self._spent[meter] = self._load(meter)
        return self._spent[meter]

    def _spent_up(self, meter: Meter, budget: Budget, cost: int) -> Conflict:
        whose = {"everybody": "everybody together", "person": meter.name, "role": f"the role {meter.name}",
                 "branch": meter.name}[budget.subject]  # fmt: skip
        ends = "at midnight UTC" if budget.period == "day" else "with the month (UTC)"
        return Conflict(
            "budget-spent",
            f"The budget of {whose}, {_dollars(budget.cost)} a {budget.period}, "
            f"has {_dollars(max(0, self._left(meter, budget)))} left, and this call may cost {_dollars(cost)}.",
            hint=f"It begins anew {ends}. Ask for less with max_tokens, or have it raised: `nacre llm budget set`.",
        )


def _dollars(cost: int) -> str:
    """To four digits, and never as 1e-05."""
    return f"${Decimal(f'{cost / 1e9:.4g}'):f}"


def _meter(budget: Budget, name: str, now: datetime) -> Meter:
    return Meter(budget.scope, budget.subject, name, budget.period, since(budget.period, now))


def since(period: Period, now: datetime) -> str:
    """The first day of the period that `now` (UTC) is in."""
    return now.strftime("%Y-%m-%d" if period == "day" else "%Y-%m-01")


def _named(subject: Subject, caller: Caller) -> str | None:
    match subject:
        case "everybody":
            return ""
        case "person":
            return caller.person
        case "role":
            return caller.role or None
        case "branch":
            return caller.branch


def _key(budget: Budget) -> tuple[str, str, str, str]:
    return budget.scope, budget.subject, budget.name, budget.period
