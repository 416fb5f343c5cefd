"""Proving that what is kept is intact, and naming what is lost where it is not."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from nacre.core.progress import report
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.content import Layout, decode_manifest
from nacre.engines.files.database import rows
from nacre.engines.files.packs import BrokenRecord, Place, pack_name

INDEX_NAME = "journal.db"


@dataclass(frozen=True, slots=True)
class Loss:
    """A version of a file that cannot be given back: it held from from_ns until until_ns (None: it still does; ns since
    1970), numbered from_seq and following."""

    tree_id: str
    path: bytes
    from_seq: int
    from_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged file of the store: its name, what is wrong with it (first finding), and every version lost by it."""

    pack: str
    reason: str
    blobs: int
    losses: list[Loss]


def verify(store: BlobStore) -> list[Damage]:
    """Read and check every blob and the index; [] when all is well. Reports progress in blobs."""
    with store.database.reading() as db:
        damages = _index_damage(db)
        places = rows(db, "SELECT address, pack, start, stored, raw FROM blob ORDER BY pack, start")
    broken = _broken(store, places)
    if not broken:
        return damages
    with store.database.reading() as db:
        affected = _affected(store, db, set(broken))
        by_pack: dict[str, list[bytes]] = defaultdict(list)
        for address, (pack, _) in broken.items():
            by_pack[pack].append(address)
        for pack, addresses in sorted(by_pack.items()):
            contents = {content for address in addresses for content in affected[address]}
            losses = sorted(_losses(db, contents), key=lambda loss: (loss.tree_id, loss.path, loss.from_seq))
            damages.append(Damage(pack, broken[addresses[0]][1], len(addresses), losses))
    return damages


def _index_damage(db: apsw.Connection) -> list[Damage]:
    found = [str(line) for (line,) in rows(db, "PRAGMA quick_check(3)")]
    missing = rows(
        db,
        "SELECT count(*) FROM entry WHERE layout != 0 AND NOT EXISTS (SELECT 1 FROM blob WHERE address = content)",
    )[0][0]
    if found == ["ok"] and not missing:
        return []
    reason = "; ".join(line for line in found if line != "ok") or f"refers to {missing} contents it does not know"
    return [Damage(INDEX_NAME, reason, missing, [])]


def _broken(store: BlobStore, places: list[tuple[Any, ...]]) -> dict[bytes, tuple[str, str]]:
    """(pack, reason) of each blob that is not intact."""
    broken: dict[bytes, tuple[str, str]] = {}
    for number, (address, *place) in enumerate(places):
        if number % 500 == 0:
            report("checking file history", done=number, total=len(places))
        try:
            store.packs.read(address, Place(*place))
        except BrokenRecord as error:
            broken[address] = (error.pack, error.reason)
        except FileNotFoundError:
            # Compaction may have moved it, or collection dropped it, since the list was made.
            now = store.place(address)
            if now is not None and now.pack == place[0]:
                broken[address] = (pack_name(now.pack), "is missing")
    return broken


def _affected(store: BlobStore, db: apsw.Connection, broken: set[bytes]) -> dict[bytes, set[bytes]]:
    """The contents (of entries) that need each broken blob: itself, and every manifest that lists it."""
    affected = {address: {address} for address in broken}
    for (address,) in rows(db, "SELECT DISTINCT content FROM entry WHERE layout = ?", (Layout.MANIFEST,)):
        if address in broken:
            continue
        for chunk in decode_manifest(store.get(address)):
            if chunk.address in broken:
                affected[chunk.address].add(address)
    return affected


def _losses(db: apsw.Connection, contents: set[bytes]) -> Iterator[Loss]:
    for content in contents:
        for values in rows(
            db,
            "SELECT id, path, seq, time_ns, (SELECT min(time_ns) FROM entry AS next WHERE next.tree = entry.tree"
            " AND next.path = entry.path AND next.seq > entry.seq)"
            " FROM entry JOIN tree ON key = tree WHERE kind = 'file' AND content = ?",
            (content,),
        ):
            yield Loss(*values)
