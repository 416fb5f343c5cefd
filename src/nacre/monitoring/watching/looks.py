"""Wakes those who follow after each look. Whoever looks never waits for them."""

import threading


class Looks:
    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._count

    def looked(self, _now_ms: int) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, within_s: float) -> int:
        """Until there have been more than `seen`, or that long; how many there have been by then."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen, within_s)
            return self._count
