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
    """At once in all and for one person; how many may wait, and for how long."""

    most: int = 4
    each: int = 2
    waiting: int = 16
    patience_s: float = 6.0


class Turns:
    """Thread-safe."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._running: Counter[str] = Counter()
        self._waiting = 0
        self._change = threading.Condition()

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
        bounds = self._bounds
        with self._change:
            if not self._free(person) and self._waiting >= bounds.waiting:
                raise _too_many()
            self._waiting += 1
            try:
                if not self._change.wait_for(lambda: self._free(person), bounds.patience_s):
                    raise _too_many()
            finally:
                self._waiting -= 1
            self._running[person] += 1

    def _free(self, person: str) -> bool:
        return self._running.total() < self._bounds.most and self._running[person] < self._bounds.each


def _too_many() -> Unavailable:
    return Unavailable(
        "too-many-searches",
        "Others search logs just now, and more at once would hold up everything else.",
        hint="Ask again in a few seconds; words are faster than *parts* and /expressions/.",
    )
