"""How busy something keeps processors, made out of the processor time that it has had by each look."""

import time
from collections.abc import Hashable
from math import nan
from typing import NamedTuple


class _Spent(NamedTuple):
    """`cpu_s` of processor time by `at_s`, and how busy it was until then."""

    at_s: float
    cpu_s: float
    percent: float


class Busy:
    """Of several, by a key. What was not looked at for a while begins anew."""

    def __init__(self) -> None:
        self._before: dict[Hashable, _Spent] = {}
        self._now: dict[Hashable, _Spent] = {}

    def begin(self) -> None:
        """A new look begins."""
        self._before, self._now = self._now, {}

    def percent(self, key: Hashable, cpu_s: float, at_s: float | None = None) -> float:
        """Since the look before, one processor being 100; not a number at the first. `at_s` is when it was measured
        where that is told: the same moment again tells the same again."""
        now_s = time.monotonic() if at_s is None else at_s
        before, percent = self._before.get(key), nan
        if before is not None:
            percent = before.percent if now_s == before.at_s else nan
            if now_s > before.at_s:
                percent = max(cpu_s - before.cpu_s, 0.0) / max(now_s - before.at_s, 1e-3) * 100
        self._now[key] = _Spent(now_s, cpu_s, percent)
        return percent
