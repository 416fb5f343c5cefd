"""Searching: few at once, fewer for one person, and who would wait for too long is told so at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.waiting import eventually

from nacre.core.errors import Unavailable
from nacre.core.principals import Kind, Principal, Role
from nacre.monitoring.logs.turns import Bounds, Turns


def person(name: str) -> Principal:
    return Principal(Kind.PERSON, name, Role.USER, person=name)


class Searches:
    """Those that are under way, until they are let end."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.running: list[str] = []
        self.refused: list[str] = []
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, name: str) -> None:
        thread = threading.Thread(target=self._search, args=(name,))
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _search(self, name: str) -> None:
        try:
            with self._turns.one(person(name)):
                self.running.append(name)
                self._end.wait()
        except Unavailable:
            self.refused.append(name)


@contextmanager
def searching(bounds: Bounds) -> Iterator[Searches]:
    searches = Searches(Turns(bounds))
    try:
        yield searches
    finally:
        searches.end()


def test_one_who_searches_much_leaves_room_for_others() -> None:
    with searching(Bounds(most=3, each=2, waiting=4, patience_s=60)) as searches:
        for _ in range(6):
            searches.begin("ann")
        eventually(lambda: searches.running == ["ann", "ann"])
        searches.begin("bo")
        eventually(lambda: "bo" in searches.running)
        assert searches.running.count("ann") == 2 and not searches.refused
    assert sorted(searches.running) == ["ann"] * 6 + ["bo"], "all have had their turn by the end"


@pytest.mark.parametrize("bounds", [Bounds(1, 1, 0, 60), Bounds(1, 1, 9, 0.0)])
def test_who_would_wait_for_too_long_is_told_so(bounds: Bounds) -> None:
    with searching(bounds) as searches:
        searches.begin("ann")
        eventually(lambda: searches.running == ["ann"])
        searches.begin("bo")
        eventually(lambda: searches.refused == ["bo"])
