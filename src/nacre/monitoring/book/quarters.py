"""Samples made fewer: for each quarter of an hour the mean, the least and the greatest. Pure."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import isnan, nan

QUARTER_MS = 15 * 60 * 1000
GAP_MS = 150_000
"""Samples further apart than this have a gap between them: two ticks and a half."""


def rates(times: Sequence[int], numbers: Sequence[float]) -> "array[float]":
    """How fast a counter grew each second, until each time; not a number at the first, after a gap, and where it was
    started anew."""
    grown = array("d", [nan]) if times else array("d")
    for place in range(1, len(times)):
        passed_ms = times[place] - times[place - 1]
        rise = numbers[place] - numbers[place - 1]
        grown.append(rise * 1000 / passed_ms if 0 < passed_ms <= GAP_MS and rise >= 0 else nan)
    return grown


def quarters(times: Sequence[int], numbers: Sequence[float]) -> Iterator[tuple[int, float, float, float]]:
    """(start in ms, mean, least, greatest) for each quarter that has anything."""
    place = 0
    while place < len(times):
        start = times[place] // QUARTER_MS * QUARTER_MS
        end = bisect_left(times, start + QUARTER_MS, place)
        some = [number for number in numbers[place:end] if not isnan(number)]
        if some:
            yield start, sum(some) / len(some), min(some), max(some)
        place = end
