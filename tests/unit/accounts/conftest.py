"""A clock for what waits and expires."""

from datetime import UTC, datetime

import pytest


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def set_clock() -> SetClock:
    return SetClock()
