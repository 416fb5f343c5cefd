"""How busy something keeps processors, made out of the processor time that it has had by each look."""

import time
from math import nan


class Busy:
    """Of several, by a key. What was not looked at for a while begins anew."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[float, float]] = {}
        self._now: dict[int, tuple[float, float]] = {}

    def begin(self) -> None:
        """A new look begins."""
        self._before, self._now = self._now, {}

    def percent(self, pid: int, cpu_s: float) -> float:
        """Since the look before, one processor being 100; not a number at the first."""
        now_s = time.monotonic()
        self._now[pid] = now_s, cpu_s
        if pid not in self._before:
            return nan
        before_s, spent_s = self._before[pid]
        return max(cpu_s - spent_s, 0.0) / max(now_s - before_s, 1e-3) * 100
