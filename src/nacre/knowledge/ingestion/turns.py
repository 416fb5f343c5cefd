"""Whose turn it is: collections share the model fairly, however much waits in one of them. Pure.

Fair queueing by virtual time (Demers, Keshav and Shenker, 1989): each collection counts what was done for it, and the
one with the least is next. One that begins to wait starts where the others are: it neither pays for the time when it
had nothing to do nor saves it up.
"""

from collections.abc import Iterable


class Turns:
    """`_done` is how much was done for each collection that has something to do."""

    def __init__(self) -> None:
        self._done: dict[int, float] = {}

    def begin(self, collection: int) -> None:
        """It has something to do from now on."""
        if collection not in self._done:
            self._done[collection] = min(self._done.values(), default=0.0)

    def end(self, collection: int) -> None:
        """It has nothing to do any more."""
        self._done.pop(collection, None)

    def charge(self, collection: int, much: float) -> None:
        self._done[collection] += much

    def next(self, among: Iterable[int]) -> int | None:
        """Which of them has its turn: the one that the least was done for; of equals, the oldest collection."""
        return min(among, key=lambda one: (self._done[one], one), default=None)
