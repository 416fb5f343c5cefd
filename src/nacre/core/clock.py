"""The clock, passed in so that tests own it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as a timezone-aware UTC datetime."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def from_ns(time_ns: int) -> datetime:
    """Nanoseconds since the epoch → UTC datetime (microsecond precision, rounded down)."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_ns // 1000)


def to_ns(time: datetime) -> int:
    """UTC datetime → nanoseconds since the epoch, exactly (no floating point on the way)."""
    delta = time - datetime(1970, 1, 1, tzinfo=UTC)
    return ((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds) * 1000
