"""Forgetting what lies before the window: entries first, then blobs nothing refers to, then the space in the packs.

Each step is a transaction or can be run again; killed between any two, nothing kept is lost.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import apsw

from nacre.core.progress import report
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.content import Layout, decode_manifest
from nacre.engines.files.database import row, rows
from nacre.engines.files.packs import BrokenRecord, Place, encode

# A pack is rewritten when less than half of it is still needed: each byte is moved once per halving at most.
WORTH_MOVING = 0.5
_MOVE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection freed. horizons: per tree, the time (ns since 1970) its window now begins at."""

    entries: int
    blobs: int
    bytes_freed: int
    horizons: dict[str, int]


def collect(
    store: BlobStore,
    keep_from: Mapping[str, int],
    pinned: Mapping[str, Collection[int]],
    worth_moving: float = WORTH_MOVING,
) -> Collected:
    """Forget what no moment at or after `keep_from` (tree → ns since 1970) and no pinned sequence number needs.

    Trees not named keep everything. The present state always stays.
    """
    before = store.packs.size_bytes()
    entries = 0
    for tree_id, time_ns in keep_from.items():
        report("forgetting old file versions")
        entries += _forget_before(store, tree_id, time_ns, pinned.get(tree_id, ()))
    blobs = sweep(store)
    compact(store, worth_moving)
    with store.database.reading() as db:
        horizons = dict(rows(db, "SELECT id, horizon_ns FROM tree"))
    return Collected(entries, blobs, max(0, before - store.packs.size_bytes()), horizons)


def sweep(store: BlobStore) -> int:
    """Drop blobs no entry refers to; returns how many."""
    with store.alone(), store.database.writing() as db:
        db.execute("CREATE TEMP TABLE IF NOT EXISTS needed (address BLOB PRIMARY KEY) WITHOUT ROWID")
        db.execute("DELETE FROM needed")
        db.execute("INSERT OR IGNORE INTO needed SELECT content FROM entry WHERE layout != 0 AND content IS NOT NULL")
        for (manifest,) in rows(db, "SELECT DISTINCT content FROM entry WHERE layout = ?", (Layout.MANIFEST,)):
            db.executemany("INSERT OR IGNORE INTO needed VALUES (?)", [(a,) for a in _listed(store, db, manifest)])
        before = db.total_changes()
        db.execute("DELETE FROM blob WHERE address NOT IN (SELECT address FROM needed)")
        swept = db.total_changes() - before
        db.execute("DELETE FROM needed")
        return swept


def compact(store: BlobStore, worth_moving: float = WORTH_MOVING) -> None:
    """Move what is still needed out of packs of which less than `worth_moving` (a fraction) is, then remove them."""
    for pack in _wasteful(store, worth_moving):
        if pack == store.packs.current:
            store.packs.seal()
        for batch in _batches(store, pack):
            _move(store, batch)
    # The moves, and the deletion of blobs, must be on disk before the bytes they leave behind are gone.
    store.sync(durable=True)
    with store.alone(), store.database.reading() as db:  # an open session has packs no row names yet
        store.packs.remove_except({pack for (pack,) in rows(db, "SELECT DISTINCT pack FROM blob")})
    store.database.shrink()


def _forget_before(store: BlobStore, tree_id: str, time_ns: int, pins: Collection[int]) -> int:
    with store.database.writing() as db:
        tree = row(db, "SELECT key, horizon_seq, horizon_ns FROM tree WHERE id = ?", (tree_id,))
        if tree is None:
            return 0
        key, whole_from, horizon_ns = tree
        found = row(
            db,
            "SELECT max(seq) FROM entry WHERE tree = ? AND time_ns <= ?",
            (key, time_ns),
        )
        horizon_seq = max(whole_from, (found[0] if found else None) or 0)
        horizon_ns = max(horizon_ns, time_ns)
        db.execute("UPDATE tree SET horizon_seq = ?, horizon_ns = ? WHERE key = ?", (horizon_seq, horizon_ns, key))
        kept_pins = _keep_pins(db, key, set(pins), whole_from, horizon_seq)
        doomed = list(_doomed(db, key, horizon_seq, sorted({*kept_pins, horizon_seq})))
        db.executemany("DELETE FROM entry WHERE tree = ? AND path = ? AND seq = ?", doomed)
        return len(doomed)


def _keep_pins(db: apsw.Connection, key: int, pins: set[int], whole_from: int, horizon_seq: int) -> set[int]:
    """Pins before the horizon that are, or were already, kept whole."""
    before = {seq for (seq,) in rows(db, "SELECT seq FROM pin WHERE tree = ?", (key,))}
    kept = {seq for seq in pins if seq < horizon_seq and (seq >= whole_from or seq in before)}
    db.execute("DELETE FROM pin WHERE tree = ?", (key,))
    db.executemany("INSERT INTO pin VALUES (?, ?)", [(key, seq) for seq in kept])
    return kept


def _doomed(db: apsw.Connection, key: int, horizon_seq: int, moments: list[int]) -> Iterator[tuple[int, bytes, int]]:
    """Entries up to the horizon that are the state of no kept moment."""
    path: bytes = b""
    versions: list[tuple[int, bool]] = []
    for found, seq, kind in rows(
        db,
        "SELECT path, seq, kind FROM entry WHERE tree = ? AND seq <= ? ORDER BY path, seq",
        (key, horizon_seq),
    ):
        if found != path:
            yield from ((key, path, seq) for seq in superseded(versions, moments))
            path, versions = found, []
        versions.append((seq, kind == "gone"))
    yield from ((key, path, seq) for seq in superseded(versions, moments))


def superseded(versions: list[tuple[int, bool]], moments: list[int]) -> list[int]:
    """Of one path's versions (seq, whether it is a disappearance; ascending) those no moment (ascending) sees.

    A disappearance is worth keeping only as the end of an older version that is kept.
    """
    doomed = []
    older_kept = False
    for index, (seq, is_gone) in enumerate(versions):
        following = versions[index + 1][0] if index + 1 < len(versions) else moments[-1] + 1
        seen = any(seq <= moment < following for moment in moments)
        if seen and (older_kept or not is_gone):
            older_kept = older_kept or not is_gone
        else:
            doomed.append(seq)
    return doomed


def _listed(store: BlobStore, db: apsw.Connection, manifest: bytes) -> list[bytes]:
    """Chunks a manifest lists. A damaged one lists nothing that could still be put together."""
    place = row(db, "SELECT pack, start, stored, raw FROM blob WHERE address = ?", (manifest,))
    if place is None:
        return []
    try:
        return [chunk.address for chunk in decode_manifest(store.packs.read(manifest, Place(*place)))]
    except (BrokenRecord, FileNotFoundError, ValueError):
        return []


def _wasteful(store: BlobStore, worth_moving: float) -> list[int]:
    with store.database.reading() as db:
        needed = dict(rows(db, "SELECT pack, sum(stored) FROM blob GROUP BY pack"))
    sizes = {pack: store.packs.path(pack).stat().st_size for pack in store.packs.numbers()}
    return [pack for pack, size in sizes.items() if 0 < needed.get(pack, 0) < size * worth_moving]


def _batches(store: BlobStore, pack: int) -> Iterator[list[tuple[bytes, Place]]]:
    with store.database.reading() as db:
        places = rows(db, "SELECT address, pack, start, stored, raw FROM blob WHERE pack = ? ORDER BY start", (pack,))
    batch: list[tuple[bytes, Place]] = []
    size = 0
    for address, *place in places:
        batch.append((address, Place(*place)))
        size += place[2]
        if size > _MOVE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _move(store: BlobStore, batch: list[tuple[bytes, Place]]) -> None:
    records = []
    whole = []
    for address, place in batch:
        try:
            records.append(encode(address, store.packs.read(address, place)))
        except (BrokenRecord, FileNotFoundError):
            continue  # a damaged blob stays where it is: verify names its pack, and the pack stays
        whole.append((address, place))
    if not records:
        return
    starts = store.packs.append(records)
    with store.database.writing() as db:
        db.executemany(
            "UPDATE blob SET pack = ?, start = ?, stored = ? WHERE address = ? AND pack = ?",
            [
                (pack, start, len(record), address, old.pack)
                for (address, old), record, (pack, start) in zip(whole, records, starts, strict=True)
            ],
        )
