"""Writes documents with their passages, vectors and words, inside one transaction of the caller's."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast

import apsw
from sqlalchemy import Connection, Row

from nacre.core.errors import NotFound
from nacre.core.store.store import native
from nacre.core.store.tables import UtcTime
from nacre.engines.retrieval.folding import folded
from nacre.knowledge.index import Prepared, moved
from nacre.knowledge.on_sqlite import vectors, wordindex
from nacre.knowledge.on_sqlite.matrices import Change

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OF_NAME = "SELECT id FROM knowledge_document WHERE collection_id = ? AND name = ?"
_INSERT_DOCUMENT = (
    "INSERT INTO knowledge_document "
    "(id, collection_id, name, metadata, digest, origin, characters, added_by, added_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_PASSAGE = (
    'INSERT INTO knowledge_base (id, collection_id, document_id, position, start, page, context, "text") '
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_LIVING = "SELECT id, document_id FROM knowledge_base WHERE id IN (SELECT value FROM json_each(?))"
_COMING = "SELECT generation, dimension FROM knowledge_reembedding WHERE collection_id = ?"
_LAST = "SELECT name, seq FROM sqlite_sequence"
"""The greatest number that a row of each table ever had."""

_PASSAGES = "SELECT id FROM knowledge_base WHERE document_id IN (SELECT value FROM json_each(?))"
_DELETE_PASSAGE = "DELETE FROM knowledge_base WHERE id = ?"
_DELETE_DOCUMENT = "DELETE FROM knowledge_document WHERE id = ?"
_ADVANCE = """
UPDATE knowledge_collection SET revision = revision + 1 WHERE id = ? AND name = ? RETURNING generation, dimension
"""


def put(connection: Connection, collection: Row[Any], prepared: Sequence[Prepared], by: str, now: datetime) -> Change:
    """Add documents; those that have the name of one replace it. Their names differ.

    Raises NotFound "collection-not-found" when it was deleted meanwhile, and Moved.
    """
    import numpy as np

    database = native(connection)
    place = _advance(database, collection)
    if place.generation != collection.generation:
        raise moved(collection)
    number = collection.id
    removed = [id_ for (id_,) in database.executemany(_OF_NAME, ((number, one.name) for one in prepared))]
    _remove(database, place, removed)
    last = dict(database.execute(_LAST))
    first = last.get("knowledge_document", 0) + 1
    at = UtcTime().process_bind_param(now, connection.dialect)
    database.executemany(
        _INSERT_DOCUMENT,
        (
            (number, collection.id, one.name, json.dumps(one.metadata, ensure_ascii=False), one.digest,
             one.origin, one.characters, by, at)
            for number, one in enumerate(prepared, first)
        ),
    )  # fmt: skip
    begins = accumulate((len(one.chunks) for one in prepared), initial=last.get("knowledge_base", 0) + 1)
    rows = [
        (id_, collection.id, number, id_ - begin + 1, chunk.start, page, chunk.context, chunk.text)
        for (number, one), begin in zip(enumerate(prepared, first), begins, strict=False)
        for id_, (chunk, page) in enumerate(zip(one.chunks, one.pages, strict=True), begin)
    ]
    numbers = np.concatenate([one.vectors for one in prepared])
    ids = [row[0] for row in rows]
    database.executemany(_INSERT_PASSAGE, rows)
    vectors.insert(database, place, ids, numbers)
    wordindex.insert(database, collection.id, [(row[0], folded(row[6] + row[7], collection.folding)) for row in rows])
    return Change(removed, ids, [row[2] for row in rows], numbers)


def take_out(connection: Connection, collection: Row[Any], documents: Sequence[int]) -> Change:
    """Remove documents with all that belongs to them."""
    import numpy as np

    database = native(connection)
    place = _advance(database, collection)
    _remove(database, place, documents)
    return Change(list(documents), [], [], np.empty((0, place.dimension), np.float32))


def embed(connection: Connection, coming: Row[Any], ids: Sequence[int], numbers: "NDArray[np.float32]") -> Change:
    """Give passages a vector of another generation; those that are gone by now get none."""
    database = native(connection)
    living = dict(cast(list[tuple[int, int]], database.execute(_LIVING, (json.dumps(list(ids)),)).fetchall()))
    rows = [at for at, id_ in enumerate(ids) if id_ in living]
    own = [ids[at] for at in rows]
    vectors.insert(database, vectors.Place.of(coming), own, numbers[rows])
    return Change([], own, [living[id_] for id_ in own], numbers[rows])


def _advance(database: apsw.Connection, collection: Row[Any]) -> vectors.Place:
    """Note that its passages change. One that was replaced has another name since."""
    at = cast(tuple[int, int] | None, database.execute(_ADVANCE, (collection.id, collection.name)).fetchone())
    if at is None:
        raise NotFound("collection-not-found", f"The collection “{collection.name}” was deleted or replaced meanwhile.")
    return vectors.Place(collection.id, *at)


def _remove(database: apsw.Connection, place: vectors.Place, documents: Sequence[int]) -> None:
    """From the generation that is searched, and from the one that is being made."""
    if not documents:
        return
    ids = [id_ for (id_,) in database.execute(_PASSAGES, (json.dumps(list(documents)),))]
    coming = cast(list[tuple[int, int]], database.execute(_COMING, (place.collection_id,)).fetchall())
    for each in (place, *(vectors.Place(place.collection_id, *at) for at in coming)):
        vectors.delete(database, each, ids)
    wordindex.delete(database, place.collection_id, ids)
    database.executemany(_DELETE_PASSAGE, ((id_,) for id_ in ids))
    database.executemany(_DELETE_DOCUMENT, ((document,) for document in documents))
