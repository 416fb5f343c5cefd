"""When to take the next base of a cluster, and which of those taken to keep. Pure rules.

A rewind replays the WAL since the base before its target, at about 200 MB/s; a base costs milliseconds where
clones share blocks and seconds where they are real copies. So bases are as dense as their cost allows, and thin out
with age: people rewind minutes far more often than days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MB = 1_000_000
SNAPSHOT_EVERY_BYTES = 32 * MB
SHARED_EVERY_BYTES = 64 * MB
"""Without an atomic snapshot every base begins with a checkpoint, after which pages go whole into the WAL again."""
COPIED_EVERY_BYTES = 256 * MB
COPIED_SIZE_SHARE = 0.4
BUSY_SHARE = 0.05
"""Taking bases may keep the cluster busy for this share of the time."""
SHARED_GAP_BY_AGE = 0.05
COPIED_GAP_BY_AGE = 0.5
"""Of neighbouring bases kept, the gap between them is at most this share of the older one's age."""


@dataclass(frozen=True)
class Cost:
    """What the last base of this cluster cost: whether it shared blocks, its seconds, and the size of what it holds.

    `atomic`: it was a snapshot, for which the cluster need not write out everything first.
    """

    copy_on_write: bool
    seconds: float
    size_bytes: int
    atomic: bool = False


def is_due(cost: Cost, wal_bytes: int, seconds: float) -> bool:
    """Whether to take a base, `wal_bytes` of WAL and `seconds` after the last one."""
    return seconds * BUSY_SHARE >= cost.seconds and wal_bytes >= due_after_bytes(cost)


def due_after_bytes(cost: Cost) -> float:
    """How much WAL since the last base makes the next one worth its cost."""
    if cost.copy_on_write:
        return SNAPSHOT_EVERY_BYTES if cost.atomic else SHARED_EVERY_BYTES
    return max(COPIED_EVERY_BYTES, COPIED_SIZE_SHARE * cost.size_bytes)


def thin_out(ages_s: Sequence[float], needed: int, copy_on_write: bool) -> set[int]:
    """Which bases to keep, as indices into `ages_s` (seconds, newest first, so ascending).

    `needed` is the index of the base that the oldest kept moment is recovered from: it and the newest stay, those
    older go. One between them goes when the gap this leaves is still at most a share of its age. Judging the gap left
    behind, and not the distance to the last one kept, is what makes the rule safe to apply again and again: gaps never
    grow past that share, and the number kept grows with the logarithm of the window only.
    """
    share = SHARED_GAP_BY_AGE if copy_on_write else COPIED_GAP_BY_AGE
    kept = {0, needed}
    last_age = ages_s[0]
    for index in range(1, needed):
        older_age = ages_s[index + 1]
        if older_age - last_age > share * older_age:
            kept.add(index)
            last_age = ages_s[index]
    return kept
