"""Waiting for what a page does elsewhere: on disk, in the database."""

import time
from collections.abc import Callable

from playwright.sync_api import Page


def until(page: Page, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for a condition while the page goes on, and fail when it does not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
        page.wait_for_timeout(20)
