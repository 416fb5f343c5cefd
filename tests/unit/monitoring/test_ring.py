"""The ring gives each sample once to whoever counts along, also when the clock is set back, and stays small."""

from array import array

import pytest

from nacre.monitoring import ring as rings
from nacre.monitoring.ring import KEPT, Ring
from nacre.monitoring.sample import Sample, Subject

ONE = Subject("host", "")


def taken(time_ms: int, subject: Subject = ONE) -> Sample:
    return Sample(subject, time_ms, array("d", [time_ms, -time_ms]))


def test_each_is_handed_out_once_whatever_the_clock_says() -> None:
    ring, seen, got = Ring(), 0, []
    times = [*range(1000), *range(500, 700), *range(5 * KEPT)]
    for at, time in enumerate(times):
        ring.add(taken(time))
        if at % 97 == 0 or at == len(times) - 1:
            some, seen = ring.after(ONE, seen)
            got += [one.time_ms for one in some]
    assert got == times and ring.after(ONE, seen) == ([], len(times))
    assert ring.latest() == [taken(times[-1])]


def test_who_was_away_too_long_gets_the_latest_alone() -> None:
    ring = Ring()
    for time in range(10 * KEPT):
        ring.add(taken(time))
    some, seen = ring.after(ONE, 0)
    assert KEPT <= len(some) <= 2 * KEPT and some[-1].time_ms == 10 * KEPT - 1 and seen == 10 * KEPT


def test_names_without_end_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings, "_MOST_SUBJECTS", 3)
    ring = Ring()
    for number in range(10):
        ring.add(taken(number, Subject("cluster", f"c{number}")))
    assert len(ring.subjects()) == 3 and ring.left_out == 7
    ring.forget(before_ms=2)
    assert ring.subjects() == [Subject("cluster", "c2")]


def test_a_name_as_long_as_a_book_is_left_out() -> None:
    ring = Ring()
    ring.add(taken(1, Subject("model", "x" * 100_000)))
    ring.add(taken(1, Subject("model", 'x"\n')))
    assert ring.subjects() == [Subject("model", 'x"\n')] and ring.left_out == 1


def test_what_was_before_the_clock_was_set_back_is_not_looked_back_at() -> None:
    ring = Ring()
    for time in (10_000, 11_000, 12_000, 5000, 6000):
        ring.add(taken(time))
    assert [time for time, _ in ring.past(ONE, 0, 60_000)] == [5000, 6000]


def test_two_looks_at_the_same_time_cut_nothing_off() -> None:
    ring = Ring()
    for time in (1000, 2000, 2000, 3000):
        ring.add(taken(time))
    assert [time for time, _ in ring.past(ONE, 0, 60_000)] == [1000, 2000, 2000, 3000]
