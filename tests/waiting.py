"""Waiting for what happens elsewhere, in tests that are no coroutines; those that are have the fixture `until`."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], within_s: float = 10.0, every_s: float = 0.01) -> None:
    """Wait for a condition, looked at so often, and fail when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s"
        time.sleep(every_s)
