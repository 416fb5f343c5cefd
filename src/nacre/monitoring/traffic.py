"""How many requests there were, how many failed, and how long answers took to begin."""

from bisect import bisect_left
from collections.abc import Sequence

_STEP = 1.25
_LEAST_S = 0.0005
BOUNDS_S = tuple(_LEAST_S * _STEP**step for step in range(60))
"""Upper bounds of what is counted together, each a quarter more than the one before: 0.5 ms to 4 minutes."""


class Traffic:
    """`note` is called on one thread, the event loop's; `latencies` empties what was counted since."""

    def __init__(self) -> None:
        self.requests = 0
        self.failures = 0
        self._counts = [0] * (len(BOUNDS_S) + 1)

    def note(self, status: int, seconds: float) -> None:
        self.requests += 1
        self.failures += status >= 500
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1

    def latencies(self) -> tuple[float, float]:
        """What half of the requests since the last call took at most, and 95 of a hundred; not a number without any."""
        counts, self._counts = self._counts, [0] * (len(BOUNDS_S) + 1)
        return quantile(counts, 0.5), quantile(counts, 0.95)


def quantile(counts: Sequence[int], share: float, bounds_s: Sequence[float] = BOUNDS_S) -> float:
    """Seconds, by the bound of the bucket that it falls into: of these bounds a quarter too many at most."""
    whole = sum(counts)
    if not whole:
        return float("nan")
    sought, seen = share * whole, 0
    for count, bound in zip(counts, bounds_s, strict=False):
        seen += count
        if seen >= sought:
            return bound
    return bounds_s[-1]
