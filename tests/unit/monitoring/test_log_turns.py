"""Searching: few at once, fewer for one person, and who would wait for too long is told so at once."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from tests.waiting import eventually

from nacre.core.errors import Unavailable
from nacre.core.principals import Kind, Principal, Role
from nacre.monitoring.logs.turns import Bounds, Turns
from nacre.monitoring.places import Places


def person(name: str) -> Principal:
    return Principal(Kind.PERSON, name, Role.USER, person=name)


class Searches:
    """Those that are under way, until they are let end."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.running: list[str] = []
        self.refused: list[str] = []
        self._end = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def begin(self, name: str) -> None:
        thread = threading.Thread(target=self._search, args=(name,))
        self._threads.append(thread)
        thread.start()

    def end_one(self) -> None:
        self._end.release()

    def end(self) -> None:
        self._end.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _search(self, name: str) -> None:
        try:
            with self.turns.one(person(name)):
                self.running.append(name)
                self._end.acquire()
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
    with searching(Bounds(most=3, each=2, waiting=8, patience_s=60)) as searches:
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


def test_who_has_least_is_next_and_one_person_takes_no_more_than_half_of_the_waiting() -> None:
    """Else whoever asks again and again is who gets each turn, and others are told to come later."""
    with searching(Bounds(most=2, each=2, waiting=6, patience_s=60)) as searches:
        for _ in range(9):
            searches.begin("ann")
        eventually(lambda: len(searches.refused) == 4)
        searches.begin("bo")
        eventually(lambda: searches.turns.waiting == 4)
        searches.end_one()
        eventually(lambda: len(searches.running) == 3)
        assert searches.running == ["ann", "ann", "bo"] and "bo" not in searches.refused


def test_one_who_stays_with_many_pages_leaves_places_for_others() -> None:
    places, full = Places(4), Unavailable("too-many", "Too many stay already.")
    with ExitStack() as stay:
        for name in ("ann", "ann", "bo"):
            stay.enter_context(places.one(person(name), full))
        with pytest.raises(Unavailable), places.one(person("ann"), full):
            pass
        stay.enter_context(places.one(person("cy"), full))
        with pytest.raises(Unavailable), places.one(person("di"), full):
            pass
    with places.one(person("ann"), full):
        pass
