"""Holds passages, vectors and words of a collection against each other in SQLite, and mends what can be mended.

Vectors are mended by chunks, the rows in which vec0 keeps them: a chunk with anything wrong in it goes, and what was
right in it is put in again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apsw
from sqlalchemy import Row

from nacre.engines.retrieval.folding import folded
from nacre.knowledge.index import Faults
from nacre.knowledge.on_sqlite import vectors, wordindex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.knowledge.embedding import Floats

    Ids = NDArray[np.int64]

_LENGTH_OFF_BY = 1e-3
_PASSAGES = "SELECT id FROM knowledge_base WHERE collection_id = ? ORDER BY id"
_TEXTS = 'SELECT id, context || "text" FROM knowledge_base WHERE collection_id = ? AND id > ? ORDER BY id LIMIT 1000'
_STRAY = (
    "FROM knowledge_base WHERE collection_id = ? "
    "AND document_id NOT IN (SELECT id FROM knowledge_document WHERE collection_id = ?)"
)


@dataclass(frozen=True)
class _Chunk:
    """`ids` and `numbers` are those that are right; `wrong` counts the others, which may be all, not being readable."""

    number: int
    ids: "Ids"
    numbers: "Floats"
    wrong: int
    readable: bool


def counts_differ(database: apsw.Connection, collection: Row[Any]) -> str | None:
    """What is told by numbers alone: 3 ms for 100,000 passages."""
    (passages,) = database.execute("SELECT count(*) FROM knowledge_base WHERE collection_id = ?", (collection.id,))
    vectors_ = vectors.count(database, vectors.Place.of(collection))
    words = wordindex.count(database, collection.id)
    if passages[0] == vectors_ == words:
        return None
    return f"it has {passages[0]} passages, {vectors_} vectors, and the words of {words}"


def faults(database: apsw.Connection, collection: Row[Any]) -> Faults:
    """Reads all of it."""
    import numpy as np

    passages = np.fromiter((id_ for (id_,) in database.execute(_PASSAGES, (collection.id,))), np.int64)
    of_chunks = [(chunk.ids, chunk.wrong) for chunk in _chunks(database, collection, passages)]
    have = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in of_chunks)])
    once = np.unique(have)
    strays = database.execute(f"SELECT id {_STRAY}", (collection.id, collection.id)).fetchall()
    return Faults(
        without_vector=np.setdiff1d(passages, once).tolist(),
        stray_vectors=sum(wrong for _, wrong in of_chunks) + len(have) - len(once),
        words=wordindex.fault(database, collection.id, passages),
        stray_passages=len(strays),
    )


def mend(
    database: apsw.Connection, reading: apsw.Connection, collection: Row[Any], ids: Sequence[int], made: "Floats"
) -> None:
    """Put the vectors `made` of these passages where they lack, remove whatever belongs to nothing, and index all words
    anew where they are not those of the passages. `reading` is a connection outside of the transaction, which ends at
    the first damage that it meets."""
    import numpy as np

    place = vectors.Place.of(collection)
    strays = [id_ for (id_,) in database.execute(f"SELECT id {_STRAY}", (collection.id, collection.id))]
    database.executemany("DELETE FROM knowledge_base WHERE id = ?", ((id_,) for id_ in strays))
    passages = np.fromiter((id_ for (id_,) in database.execute(_PASSAGES, (collection.id,))), np.int64)
    seen = np.empty(0, np.int64)
    for chunk in _chunks(reading, collection, passages):
        twice = np.isin(chunk.ids, seen)
        if chunk.wrong or twice.any():
            vectors.remove_chunk(database, place, chunk.number, readable=chunk.readable)
            vectors.insert(database, place, chunk.ids[~twice].tolist(), chunk.numbers[~twice])
        seen = np.concatenate([seen, chunk.ids])
    lacking = np.setdiff1d(passages, seen)
    vectors.displace(database, place, lacking.tolist())
    put = np.isin(np.asarray(ids, np.int64), lacking)
    vectors.insert(database, place, np.asarray(ids, np.int64)[put].tolist(), made[put])
    if wordindex.fault(reading, collection.id, passages):
        wordindex.make_anew(database, collection.id)
        for rows in _texts(database, collection):
            wordindex.insert(database, collection.id, [(id_, folded(text, collection.folding)) for id_, text in rows])


def _texts(database: apsw.Connection, collection: Row[Any]) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while True:
        rows: list[tuple[int, str]] = database.execute(_TEXTS, (collection.id, last)).fetchall()  # type: ignore[assignment]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _chunks(database: apsw.Connection, collection: Row[Any], passages: "Ids") -> Iterator[_Chunk]:
    import numpy as np

    place = vectors.Place.of(collection)
    for number, ids, numbers in vectors.chunks(database, place):
        if numbers is None:
            yield _Chunk(number, ids[:0], np.empty((0, collection.dimension), np.float32), len(ids), readable=False)
            continue
        right = np.isin(ids, passages) & vectors.placed(database, place, number, ids)
        right &= np.isfinite(numbers).all(axis=1)
        if collection.metric == "cosine":
            with np.errstate(over="ignore", invalid="ignore"):
                right &= np.abs(np.linalg.norm(numbers.astype(np.float64), axis=1) - 1) < _LENGTH_OFF_BY
        yield _Chunk(number, ids[right], numbers[right], int((~right).sum()), readable=True)
