"""One notification when a condition has held, one when it is gone; none of what flickers, is silenced or not known."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nacre.monitoring.alerts.states import Alert, News, Stage, Timing, step

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(seconds=10)
TIMING = Timing(hold=timedelta(seconds=30), rest=timedelta(seconds=20), repeat=timedelta(hours=4))


def played(seen: Sequence[bool | None], silenced: Collection[int] = ()) -> tuple[list[tuple[int, News]], Alert | None]:
    alert, told = None, []
    for at, holds in enumerate(seen):
        alert, news = step(alert, holds, float(at), NOON + at * TICK, TIMING, silenced=at in silenced)
        if news is not None:
            told.append((at, news))
    return told, alert


def test_what_holds_is_told_once_and_then_that_it_is_over() -> None:
    assert played([True] * 20 + [False] * 5) == ([(3, News.FIRED), (22, News.RESOLVED)], None)


def test_what_flickers_is_not_told() -> None:
    told, alert = played([True, True, False] * 10)
    assert told == [] and alert is None
    told, alert = played([True] * 5 + [False, True] * 10)
    assert told == [(3, News.FIRED)] and alert is not None and alert.stage == Stage.FIRING


def test_what_is_not_known_changes_nothing() -> None:
    told, alert = played([True] * 5 + [None] * 50)
    assert told == [(3, News.FIRED)] and alert is not None
    assert played([None] * 9) == ([], None)


def test_what_is_not_known_for_half_an_hour_is_over() -> None:
    assert played([True] * 5 + [None] * 200) == ([(3, News.FIRED), (185, News.RESOLVED)], None)
    assert played([True, *[None] * 200]) == ([], None), "it had not held for long enough to be told"
    told, alert = played([True] * 5 + ([None] * 170 + [True]) * 3)
    assert told == [(3, News.FIRED)] and alert is not None


def test_it_is_said_again_after_hours_unless_somebody_has_acknowledged_it() -> None:
    told, _ = played([True] * (4 * 360 + 10))
    assert told == [(3, News.FIRED), (3 + 4 * 360, News.REPEATED)]


def test_what_was_silenced_is_told_once_it_is_not_and_nothing_of_it_if_it_is_over_by_then() -> None:
    assert played([True] * 20, set(range(10)))[0] == [(10, News.FIRED)]
    assert played([True] * 8 + [False] * 5, set(range(20))) == ([], None)


@given(st.lists(st.sampled_from([True, False, None]), max_size=200), st.sets(st.integers(0, 200), max_size=50))
def test_whatever_happens_each_fired_is_resolved_before_the_next(seen: list[bool | None], silenced: set[int]) -> None:
    told, alert = played(seen, silenced)
    assert all(one != other for (_, one), (_, other) in pairwise(told))
    assert all(at not in silenced for at, _ in told)
    if alert is None and told and len(silenced) == 0:
        assert told[-1][1] == News.RESOLVED


def test_a_clock_that_was_ahead_by_a_year_puts_nothing_off() -> None:
    before, told = NOON + timedelta(days=365), []
    alert, _ = step(None, True, 0.0, before, TIMING)
    for at, holds in enumerate([True] * 8 + [False] * 4):
        alert, news = step(alert, holds, 0.0, NOON + at * TICK, TIMING)
        told += [(at, news)] if news else []
    assert told == [(3, News.FIRED), (10, News.RESOLVED)] and alert is None
