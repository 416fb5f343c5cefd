"""Bounds what people's own patterns may take: the one loop that answers everybody is not theirs to hold."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooSlow(Exception):
    """It was ended before it was done."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End what runs in the block after so long, by TooSlow. Python's regular expressions look for signals as they go.

    (Modules/_sre/sre_lib.h, MAYBE_CHECK_SIGNALS.) Signals are the main thread's; elsewhere nothing is ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = False

    def end(_signal: int, _frame: FrameType | None) -> None:
        if not over:
            raise TooSlow

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
