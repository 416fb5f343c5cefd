"""Keeps metrics.db in step with the ring: what cannot be written now is written at the next time, as long as memory
still has it."""

import time
from collections.abc import Callable

import apsw
import structlog

from nacre.monitoring.book.file import File
from nacre.monitoring.book.writing import HOUR_MS, Writing
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample, Subject

_STEADY_S = 3600.0
"""For how long the clock must have gone steadily before anything is called too old: one that leaps a year ahead, and is
set right again, must not cost all that there is."""

_log = structlog.get_logger()


class Keeper:
    """For one thread. `steady_s` only goes forward, whatever is done to the clock."""

    def __init__(self, ring: Ring, file: File, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._ring = ring
        self._file = file
        self._writing = Writing()
        self._seen: dict[Subject, int] = {}
        self._opened = 0
        self._sealed_ms = 0
        self._leap = _Leap(steady_s)
        self._failing = False

    def keep(self, now_ms: int) -> bool:
        """Write what is new in the ring; whether that could be done."""
        try:
            self._keep(now_ms)
        except (apsw.Error, OSError, ValueError) as error:
            self._writing = Writing()  # what it remembers may be of a transaction that was rolled back
            if not self._failing:  # told once, and not each minute of a disk that is full
                _log.warning("metrics.db is not written now", error=f"{type(error).__name__}: {error}")
            self._failing = True
            return False
        self._failing = False
        return True

    def close(self) -> None:
        self._file.close()

    def _keep(self, now_ms: int) -> None:
        with self._file.writing() as connection:
            if self._file.opened != self._opened:
                self._writing, self._seen = Writing(), {}  # made anew, with what memory still has
            fresh, seen = self._fresh()
            self._writing.append(connection, fresh)
        self._opened, self._seen = self._file.opened, seen
        steady = self._leap.steady(now_ms)
        if now_ms // HOUR_MS != self._sealed_ms // HOUR_MS:
            with self._file.writing() as connection:
                self._writing.seal(connection, now_ms)
                if steady:
                    self._writing.forget(connection, now_ms)
            self._sealed_ms = now_ms

    def _fresh(self) -> tuple[list[Sample], dict[Subject, int]]:
        fresh: list[Sample] = []
        seen: dict[Subject, int] = {}
        for subject in self._ring.subjects():
            some, seen[subject] = self._ring.after(subject, self._seen.get(subject, 0))
            fresh += some
        return fresh, seen


class _Leap:
    """Whether the wall clock has gone along with the steady one for a while."""

    def __init__(self, steady_s: Callable[[], float]) -> None:
        self._steady_s = steady_s
        self._last: tuple[int, float] | None = None
        self._since_s = 0.0

    def steady(self, now_ms: int) -> bool:
        now_s = self._steady_s()
        if self._last is None or abs((now_ms - self._last[0]) / 1000 - (now_s - self._last[1])) > 60:
            self._since_s = now_s
        self._last = now_ms, now_s
        return now_s - self._since_s >= _STEADY_S
