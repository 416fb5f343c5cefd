"""What opening a store does after a crash or a power cut: keep what is provably there, drop the rest."""

import apsw

from nacre.engines.files.content import Layout, decode_manifest
from nacre.engines.files.database import Database, rows
from nacre.engines.files.packs import BrokenRecord, Packs, Place


def recover(database: Database, packs: Packs) -> int:
    """Check everything put since the last sync, drop blobs that are not intact and the entries that need them (the
    start rescan captures the live files again), cut off torn tails. Returns the number of entries dropped."""
    with database.writing() as db:
        broken = _broken_since_sync(db, packs)
        dropped = _drop(db, packs, broken)
        ends: dict[int, int] = {
            int(pack): int(end) for pack, end in rows(db, "SELECT pack, max(start + stored) FROM blob GROUP BY pack")
        }
    newest = max([*ends, *packs.numbers()], default=1)
    packs.resume(newest, ends.get(newest, 0))
    for number in packs.numbers():
        if number not in ends and number != packs.current:
            packs.remove(number)
    return dropped


def _broken_since_sync(db: apsw.Connection, packs: Packs) -> set[bytes]:
    mark = dict(rows(db, "SELECT name, value FROM meta WHERE name IN ('synced_pack', 'synced_end')"))
    unsure = rows(
        db,
        "SELECT address, pack, start, stored, raw FROM blob WHERE (pack, start) >= (?, ?) ORDER BY pack, start",
        (mark.get("synced_pack", 0), mark.get("synced_end", 0)),
    )
    return {address for address, *place in unsure if not _intact(packs, address, Place(*place))}


def _intact(packs: Packs, address: bytes, place: Place) -> bool:
    try:
        packs.read(address, place)
    except (BrokenRecord, FileNotFoundError):
        return False
    return True


def _drop(db: apsw.Connection, packs: Packs, broken: set[bytes]) -> int:
    if not broken:
        return 0
    # A chunk put since the sync is referred to by manifests put since the sync only, hence by the newest entries.
    manifests = rows(
        db,
        "SELECT DISTINCT content, pack, start, stored, raw FROM entry JOIN blob ON address = content WHERE layout = ?",
        (Layout.MANIFEST,),
    )
    for address, *place in manifests:
        if address in broken:
            continue
        try:
            chunks = decode_manifest(packs.read(address, Place(*place)))
        except (BrokenRecord, FileNotFoundError):
            continue  # damaged long ago: verify tells
        if any(chunk.address in broken for chunk in chunks):
            broken.add(address)
    before = db.total_changes()
    db.executemany("DELETE FROM entry WHERE content = ? AND kind = 'file'", [(address,) for address in broken])
    dropped = db.total_changes() - before
    db.executemany("DELETE FROM blob WHERE address = ?", [(address,) for address in broken])
    return dropped
