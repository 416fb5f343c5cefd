"""Keeping a history under a size cap by letting go of the oldest moments first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.database import rows
from nacre.engines.files.retention import collect

_STEPS = 8
# Under a cap space is worth more than time: packs are rewritten for a tenth of waste.
_WORTH_MOVING = 0.9


@dataclass(frozen=True, slots=True)
class Capped:
    """What keeping the cap took. size_bytes: packs and index now; dropped_before: per tree whose window shrank, when
    (ns since 1970) it now begins; lost_pins: per tree, pinned numbers that had to go too."""

    size_bytes: int
    dropped_before: dict[str, int]
    lost_pins: dict[str, set[int]]


def enforce_cap(store: BlobStore, size_cap_bytes: int, pinned: Mapping[str, Collection[int]], now_ns: int) -> Capped:
    """Drop the oldest history until packs and index take at most `size_cap_bytes`, an eighth of the window at a time.

    Pinned moments go last, all at once, when the cap is exceeded without them. The present state always stays, even
    when it alone exceeds the cap (size_bytes says so). `now_ns`: ns since 1970.
    """
    before = horizons(store)
    start_ns = min(before.values(), default=now_ns)
    lost: dict[str, set[int]] = {}
    for step in range(1, _STEPS + 2):
        if size_bytes(store) <= size_cap_bytes:
            break
        last_resort = step > _STEPS
        if last_resort:
            lost = {tree_id: set(seqs) for tree_id, seqs in pinned.items() if seqs}
        cut_ns = start_ns + (now_ns - start_ns) * min(step, _STEPS) // _STEPS
        collect(store, dict.fromkeys(before, cut_ns), {} if last_resort else pinned, worth_moving=_WORTH_MOVING)
    after = horizons(store)
    dropped = {tree_id: after[tree_id] for tree_id in before if after.get(tree_id, 0) > before[tree_id]}
    return Capped(size_bytes(store), dropped, lost)


def horizons(store: BlobStore) -> dict[str, int]:
    """Per tree, the time (ns since 1970) its window begins at."""
    with store.database.reading() as db:
        return dict(rows(db, "SELECT id, horizon_ns FROM tree"))


def size_bytes(store: BlobStore) -> int:
    """Bytes on disk of packs and index."""
    return store.packs.size_bytes() + store.database.size_bytes()
