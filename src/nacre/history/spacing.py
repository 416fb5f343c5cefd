"""When to take the next base of a cluster, and which of those taken to keep. Pure rules.

A rewind replays the WAL since the base before its target, at about 200 MB/s; a base costs milliseconds where
clones share blocks and seconds where they are real copies. So bases are as dense as their cost allows, and thin out
with age: people rewind minutes far more often than days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MB = 1_000_000
SHARED_EVERY_BYTES = 32 * MB
COPIED_EVERY_BYTES = 256 * MB
COPIED_SIZE_SHARE = 0.4
BUSY_SHARE = 0.05
"""Taking bases may keep the cluster busy for this share of the time."""
SHARED_GAP_BY_AGE = 0.05
COPIED_GAP_BY_AGE = 0.5


@dataclass(frozen=True)
class Cost:
    """What the last base of this cluster cost: whether it shared blocks, its seconds, and the size of what it holds."""

    copy_on_write: bool
    seconds: float
    size_bytes: int


def is_due(cost: Cost, wal_bytes: int, seconds: float) -> bool:
    """Whether to take a base, `wal_bytes` of WAL and `seconds` after the last one."""
    if seconds * BUSY_SHARE < cost.seconds:
        return False
    if cost.copy_on_write:
        return wal_bytes >= SHARED_EVERY_BYTES
    return wal_bytes >= max(COPIED_EVERY_BYTES, COPIED_SIZE_SHARE * cost.size_bytes)


def thin_out(ages_s: Sequence[float], needed: int, copy_on_write: bool) -> set[int]:
    """Which bases to keep, as indices into `ages_s` (seconds, newest first, so ascending).

    `needed` is the index of the base that the oldest kept moment is recovered from: it stays, those older go. Between
    the newest and that one, neighbours stay at least a share of their age apart, so the number kept grows with the
    logarithm of the window only.
    """
    gap_by_age = SHARED_GAP_BY_AGE if copy_on_write else COPIED_GAP_BY_AGE
    kept = {needed}
    last_age: float | None = None
    for index, age in enumerate(ages_s[: needed + 1]):
        if last_age is None or age - last_age >= gap_by_age * age:
            kept.add(index)
            last_age = age
    return kept
