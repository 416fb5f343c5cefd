"""Who waits goes before what is in the background, which is not kept out for ever."""

import threading

import pytest

from nacre.engines.models.turns import Turns


def test_urgent_work_goes_first_and_the_rest_gets_its_turns() -> None:
    turns, begun, begin, done = Turns("test"), threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        begin.wait(10)

    turns.submit(first, urgent=False)
    assert begun.wait(10)
    others = [turns.submit(done.append, f"other {at}", urgent=False) for at in range(3)]
    urgent = [turns.submit(done.append, f"urgent {at}", urgent=True) for at in range(20)]
    begin.set()
    for future in (*others, *urgent):
        future.result(timeout=10)
    assert done[:8] == [f"urgent {at}" for at in range(8)] and done[8] == "other 0"
    assert [one for one in done if one.startswith("urgent")] == [f"urgent {at}" for at in range(20)]
    turns.close()


def test_what_fails_or_is_cancelled_stops_nothing_and_a_closed_one_works_again() -> None:
    turns, begin = Turns("test"), threading.Event()
    waits = turns.submit(begin.wait, urgent=False)
    fails, cancelled = turns.submit(int, "x", urgent=False), turns.submit(int, "1", urgent=False)
    assert cancelled.cancel()
    begin.set()
    assert waits.result(timeout=10)
    with pytest.raises(ValueError, match="invalid literal"):
        fails.result(timeout=10)
    turns.close()
    assert turns.submit(int, "7", urgent=True).result(timeout=10) == 7
    turns.close()


def test_as_many_work_at_once_as_there_may_be_threads_and_no_more() -> None:
    turns, meeting = Turns("few", 2), threading.Barrier(2)
    both = [turns.submit(meeting.wait, 30, urgent=False) for _ in range(6)]
    assert sorted(one.result(30) for one in both) == [0, 0, 0, 1, 1, 1]
    assert sum(thread.name == "few" for thread in threading.enumerate()) == 2
    turns.close()
