"""The vectors of passages in SQLite (sqlite-vec's vec0): one table for each dimension, collections apart in it, and in
each collection generations: those of one model are apart from those of the next, which are made meanwhile."""

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apsw
from sqlalchemy import Connection, Row

from nacre.core.store.store import native

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_DIMENSION = 1536
_CHUNK_ROWS = 64
"""Small ones cost small collections little, and new rows nothing to be moved; measured 29k rows/s instead of 4.4k."""

_CHUNKS_AT_ONCE = 4
"""More is no faster, and what is read meanwhile stays with the process for long."""

_CHUNKS_CLEARED = 16
"""In one transaction: 1,024 vectors of 1536 numbers in 1.5 ms."""


_PASSAGE_BITS = 44
_PASSAGE = (1 << _PASSAGE_BITS) - 1
"""A row has the generation before the number of its passage, and a partition before that of its collection. Before
there were generations, all was of what is now generation 0, under the very numbers."""


@dataclass(frozen=True)
class Place:
    """A generation of a collection: where its vectors are."""

    collection_id: int
    generation: int
    dimension: int

    @classmethod
    def of(cls, collection: Row[Any]) -> "Place":
        return cls(collection.id, collection.generation, collection.dimension)

    @property
    def partition(self) -> int:
        return self.generation << 32 | self.collection_id

    def row(self, passage: int) -> int:
        return self.generation << _PASSAGE_BITS | passage


def make_table(connection: Connection, dimension: int) -> None:
    """The table for vectors of this dimension, unless there is one; that of the usual one is made by the migrations."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {_table(dimension)} USING "
        f"vec0(collection INTEGER PARTITION KEY, embedding float[{dimension}], chunk_size={_CHUNK_ROWS})"
    )


def insert(database: apsw.Connection, place: Place, ids: Sequence[int], vectors: "NDArray[np.float32]") -> None:
    database.executemany(
        f"INSERT INTO {_table(place.dimension)} (rowid, collection, embedding) VALUES (?, ?, ?)",  # noqa: S608
        ((place.row(one), place.partition, vector.tobytes()) for one, vector in zip(ids, vectors, strict=True)),
    )


def delete(database: apsw.Connection, place: Place, ids: Sequence[int]) -> None:
    statement = f"DELETE FROM {_table(place.dimension)} WHERE rowid = ?"  # noqa: S608
    database.executemany(statement, ((place.row(one),) for one in ids))


def of(connection: Connection, place: Place, ids: Sequence[int]) -> "NDArray[np.float32]":
    """The vectors of these passages, in their order."""
    import numpy as np

    wanted = f"SELECT embedding FROM {_table(place.dimension)} WHERE rowid = ?"  # noqa: S608
    database = native(connection)
    found = b"".join(database.execute(wanted, (place.row(one),)).get for one in ids)
    return np.frombuffer(found, np.float32).reshape(len(ids), place.dimension)


def clear(database: apsw.Connection, dimension: int, collection_id: int, generation: int | None) -> bool:
    """Remove some chunks of a collection, of one generation or (None) of all; whether there may be more.

    Chunk by chunk from the tables that vec0 keeps them in: vec0 itself would look for each vector, and write there.
    """
    table = _table(dimension)
    chunks: list[tuple[int, bytes, bytes]] = database.execute(
        f"SELECT chunk_id, validity, rowids FROM {table}_chunks WHERE partition00 & 0xffffffff = ?1 "  # noqa: S608
        "AND (?2 IS NULL OR partition00 >> 32 = ?2) LIMIT ?3",
        (collection_id, generation, _CHUNKS_CLEARED),
    ).fetchall()  # type: ignore[assignment]
    for chunk, valid, rows in chunks:
        ids = (id_ for at, id_ in enumerate(array("q", rows)) if valid[at // 8] >> at % 8 & 1)
        database.executemany(f"DELETE FROM {table}_rowids WHERE rowid = ?", ((id_,) for id_ in ids))  # noqa: S608
        database.execute(f"DELETE FROM {table}_vector_chunks00 WHERE rowid = ?", (chunk,))  # noqa: S608
        database.execute(f"DELETE FROM {table}_chunks WHERE chunk_id = ?", (chunk,))  # noqa: S608
    return bool(chunks)


def count(database: apsw.Connection, place: Place) -> int:
    chunks: list[tuple[bytes]] = database.execute(
        f"SELECT validity FROM {_table(place.dimension)}_chunks WHERE partition00 = ?",  # noqa: S608
        (place.partition,),
    ).fetchall()  # type: ignore[assignment]
    return sum(int.from_bytes(valid).bit_count() for (valid,) in chunks)


def chunks(
    database: apsw.Connection, place: Place
) -> "Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32] | None]]":
    """One after another: its number, the passages it has, and their vectors, None where they cannot be read."""
    import numpy as np

    table = _table(place.dimension)
    found: list[tuple[int, bytes, bytes]] = database.execute(
        f"SELECT chunk_id, validity, rowids FROM {table}_chunks WHERE partition00 = ?",  # noqa: S608
        (place.partition,),
    ).fetchall()  # type: ignore[assignment]
    for number, bits, rows in found:
        valid = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little") == 1
        ids = np.frombuffer(rows, np.int64)[valid]
        try:
            stored = database.execute(f"SELECT vectors FROM {table}_vector_chunks00 WHERE rowid = ?", (number,)).get  # noqa: S608
        except apsw.CorruptError:
            stored = None
        whole = isinstance(stored, bytes) and len(stored) == len(rows) // 8 * place.dimension * 4
        yield (
            number,
            ids & _PASSAGE,
            np.frombuffer(stored, np.float32).reshape(-1, place.dimension)[valid] if whole else None,
        )


def placed(database: apsw.Connection, place: Place, chunk: int, ids: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    """Whether vec0 would find each of these in this chunk."""
    import numpy as np

    found = database.execute(
        f"SELECT rowid FROM {_table(place.dimension)}_rowids WHERE chunk_id = ? "  # noqa: S608
        "AND rowid IN (SELECT value FROM json_each(?))",
        (chunk, json.dumps([place.row(id_) for id_ in ids.tolist()])),
    )
    return np.isin(ids, [int(id_) & _PASSAGE for (id_,) in found])


def displace(database: apsw.Connection, place: Place, ids: Sequence[int]) -> None:
    """Forget where these are, which are in no chunk."""
    statement = f"DELETE FROM {_table(place.dimension)}_rowids WHERE rowid = ?"  # noqa: S608
    database.executemany(statement, ((place.row(one),) for one in ids))


def remove_chunk(database: apsw.Connection, place: Place, chunk: int, *, readable: bool) -> None:
    """With all that is in it, by whatever name. Vectors that cannot be read are left where they are, in no chunk: a
    transaction that meets a damaged page is lost."""
    table = _table(place.dimension)
    database.execute(f"DELETE FROM {table}_rowids WHERE chunk_id = ?", (chunk,))  # noqa: S608
    database.execute(f"DELETE FROM {table}_chunks WHERE chunk_id = ?", (chunk,))  # noqa: S608
    if readable:
        database.execute(f"DELETE FROM {table}_vector_chunks00 WHERE rowid = ?", (chunk,))  # noqa: S608


def read(connection: Connection, place: Place) -> "Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]":
    """All of a generation with the numbers of their passages, some hundreds at a time.

    They are read from the tables that vec0 keeps them in (sqlite-vec, ARCHITECTURE.md), many times as fast as by vec0.
    """
    import numpy as np

    table = _table(place.dimension)
    last = 0
    while chunks := connection.exec_driver_sql(
        f"SELECT c.chunk_id, c.validity, c.rowids, v.vectors FROM {table}_chunks c "  # noqa: S608
        f"JOIN {table}_vector_chunks00 v ON v.rowid = c.chunk_id "
        "WHERE c.partition00 = ? AND c.chunk_id > ? ORDER BY c.chunk_id LIMIT ?",
        (place.partition, last, _CHUNKS_AT_ONCE),
    ).all():
        last = chunks[-1][0]
        valid = np.unpackbits(np.frombuffer(b"".join(each[1] for each in chunks), np.uint8), bitorder="little") == 1
        ids = np.frombuffer(b"".join(each[2] for each in chunks), np.int64)
        vectors = np.frombuffer(b"".join(each[3] for each in chunks), np.float32).reshape(-1, place.dimension)
        yield ids[valid] & _PASSAGE, vectors[valid]


def _table(dimension: int) -> str:
    return "vec_knowledge" if dimension == USUAL_DIMENSION else f"vec_knowledge_{dimension:d}"
