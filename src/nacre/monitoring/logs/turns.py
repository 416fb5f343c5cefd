"""Lets few search at once, and fewer for one person: a search holds a thread and a processor for up to five seconds."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nacre.core.errors import Unavailable
from nacre.core.principals import Principal


@dataclass(frozen=True)
class Bounds:
    """At once in all and for one person; how many may wait, half of them for one person, and for how long."""

    most: int = 4
    each: int = 2
    waiting: int = 16
    patience_s: float = 6.0


@dataclass(frozen=True, eq=False)
class _Waiting:
    person: str


class Turns:
    """Thread-safe. Who has least running is next, of these who came first."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._change = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def one(self, who: Principal) -> Iterator[None]:
        """Raises Unavailable "too-many-searches"."""
        person = who.person or str(who)
        self._begin(person)
        try:
            yield
        finally:
            with self._change:
                self._running -= Counter((person,))
                self._change.notify_all()

    def _begin(self, person: str) -> None:
        own = _Waiting(person)
        with self._change:
            if not self._has_room(person) and self._is_full(person):
                raise _too_many()
            self._waiting.append(own)
            try:
                if not self._change.wait_for(lambda: self._is_next(own), self._bounds.patience_s):
                    raise _too_many()
                self._running[person] += 1
            finally:
                self._waiting.remove(own)
                self._change.notify_all()

    def _has_room(self, person: str) -> bool:
        return self._running.total() < self._bounds.most and self._running[person] < self._bounds.each

    def _is_full(self, person: str) -> bool:
        of_person = sum(one.person == person for one in self._waiting)
        return len(self._waiting) >= self._bounds.waiting or of_person >= self._bounds.waiting // 2

    def _is_next(self, own: _Waiting) -> bool:
        able = [one for one in self._waiting if self._has_room(one.person)]
        return own is min(able, key=lambda one: self._running[one.person], default=None)


def _too_many() -> Unavailable:
    return Unavailable(
        "too-many-searches",
        "Others search logs just now, and more at once would hold up everything else.",
        hint="Ask again in a few seconds; words are faster than *parts* and /expressions/.",
    )
