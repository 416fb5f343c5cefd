"""Samples and quarters as the points of a chart: as coarse as it wants them, with its gaps. Pure.

Every chart goes through here with thousands of numbers, one by one: so it is one loop.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan


def _times() -> "array[int]":
    return array("q")


def _numbers() -> "array[float]":
    return array("d")


@dataclass(frozen=True)
class Points:
    """`times` in milliseconds, `mean`, `least` and `greatest` of what lies between each and the next. Not a number
    stands for a gap: nothing was measured."""

    times: "array[int]" = field(default_factory=_times)
    mean: "array[float]" = field(default_factory=_numbers)
    least: "array[float]" = field(default_factory=_numbers)
    greatest: "array[float]" = field(default_factory=_numbers)

    def add(
        self, times: Sequence[int], mean: "array[float]", least: "array[float]", greatest: "array[float]"
    ) -> None:  # fmt: skip
        self.times.extend(times)
        self.mean.extend(mean)
        self.least.extend(least)
        self.greatest.extend(greatest)

    def cut(self, since_ms: int, until_ms: int) -> "Points":
        """Those from a time on and before another one; they are in order."""
        first, last = 0, len(self.times)
        while first < last and self.times[first] < since_ms:
            first += 1
        while last > first and self.times[last - 1] >= until_ms:
            last -= 1
        mean, least, greatest = (column[first:last] for column in (self.mean, self.least, self.greatest))
        return Points(self.times[first:last], mean, least, greatest)


def drawn(found: Points, step_ms: int, gap_ms: int) -> Points:
    """One for each step that has any, and not a number wherever nothing was measured for longer than `gap_ms`."""
    made, longest_ms = Points(), max(gap_ms, 2 * step_ms)
    begun_ms, step, count = 0, -1, 0
    total = lowest = highest = 0.0
    for time, mean, least, greatest in zip(found.times, found.mean, found.least, found.greatest, strict=True):
        if mean != mean:
            continue
        if time // step_ms == step:
            total += mean
            count += 1
            if least < lowest:
                lowest = least
            if greatest > highest:
                highest = greatest
            continue
        if count:
            _close(made, begun_ms, total / count, lowest, highest)
            if time - begun_ms > longest_ms:
                _close(made, begun_ms + step_ms, nan, nan, nan)
        begun_ms, step, total, lowest, highest, count = time, time // step_ms, mean, least, greatest, 1
    if count:
        _close(made, begun_ms, total / count, lowest, highest)
    return made


def _close(made: Points, time: int, mean: float, least: float, greatest: float) -> None:
    made.times.append(time)
    made.mean.append(mean)
    made.least.append(least)
    made.greatest.append(greatest)
