"""The most that is kept of logs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caps:
    """Of each source in bytes and in days, and of all together in bytes."""

    source_bytes: int
    days: float
    total_bytes: int
