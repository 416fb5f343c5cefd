"""The kernel stamps changes by a coarse clock: only a tick later can a moment be told from a change made after it."""

import time

_COARSE_CLOCK = 5  # CLOCK_REALTIME_COARSE, linux/time.h
_TICK_S = 0.001


def wait_past(moment_ns: int) -> None:
    """Return once whatever is changed bears a stamp after `moment_ns` (ns since 1970), at most about 10 ms from now."""
    while time.clock_gettime_ns(_COARSE_CLOCK) <= moment_ns:
        time.sleep(_TICK_S)
