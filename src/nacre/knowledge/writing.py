"""Writes documents with their passages, vectors and words, inside one transaction of the caller's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.store.tables import UtcTime
from nacre.knowledge import vectors, wordindex
from nacre.knowledge.collections import advance
from nacre.knowledge.matrices import Change
from nacre.llm.embedding.chunking import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_INSERT_DOCUMENT = (
    "INSERT INTO knowledge_document (id, collection_id, name, metadata, digest, characters, added_by, added_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_PASSAGE = (
    'INSERT INTO knowledge_base (id, collection_id, document_id, position, start, context, "text") '
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
_PASSAGES = "SELECT id FROM knowledge_base WHERE document_id IN (SELECT value FROM json_each(?))"
_DELETE_PASSAGE = "DELETE FROM knowledge_base WHERE id = ?"
_DELETE_DOCUMENT = "DELETE FROM knowledge_document WHERE id = ?"


@dataclass(frozen=True)
class Prepared:
    """A document cut and embedded; `vectors` has a row for each chunk."""

    name: str
    metadata: Mapping[str, JsonValue]
    digest: str
    characters: int
    chunks: Sequence[Chunk]
    vectors: "NDArray[np.float32]"


def put(connection: Connection, collection: Row[Any], prepared: Sequence[Prepared], by: str, now: datetime) -> Change:
    """Add documents; those that have the name of one replace it. Their names differ."""
    import numpy as np

    removed = _of_names(connection, collection.id, [one.name for one in prepared])
    _remove(connection, collection, removed)
    first = connection.exec_driver_sql(_LAST, ("knowledge_document",)).scalar_one() + 1
    at = UtcTime().process_bind_param(now, connection.dialect)
    connection.exec_driver_sql(
        _INSERT_DOCUMENT,
        [
            (number, collection.id, one.name, json.dumps(one.metadata, ensure_ascii=False), one.digest,
             one.characters, by, at)
            for number, one in enumerate(prepared, first)
        ],
    )  # fmt: skip
    begin = connection.exec_driver_sql(_LAST, ("knowledge_base",)).scalar_one() + 1
    begins = accumulate((len(one.chunks) for one in prepared), initial=begin)
    rows = [
        (id_, collection.id, number, id_ - start + 1, chunk.start, chunk.context, chunk.text)
        for (number, one), start in zip(enumerate(prepared, first), begins, strict=False)
        for id_, chunk in enumerate(one.chunks, start)
    ]
    numbers = np.concatenate([one.vectors for one in prepared])
    ids = [row[0] for row in rows]
    if rows:
        connection.exec_driver_sql(_INSERT_PASSAGE, rows)
        vectors.insert(connection, collection.id, ids, numbers)
        wordindex.insert(connection, collection.id, [(row[0], row[5] + row[6]) for row in rows])
    advance(connection, collection.id)
    return Change(removed, ids, [row[2] for row in rows], numbers)


def take_out(connection: Connection, collection: Row[Any], documents: Sequence[int]) -> Change:
    """Remove documents with all that belongs to them."""
    import numpy as np

    _remove(connection, collection, documents)
    advance(connection, collection.id)
    return Change(list(documents), [], [], np.empty((0, collection.dimension), np.float32))


def _of_names(connection: Connection, collection_id: int, names: Sequence[str]) -> list[int]:
    rows = connection.exec_driver_sql(
        "SELECT id FROM knowledge_document WHERE collection_id = ? AND name IN (SELECT value FROM json_each(?))",
        (collection_id, json.dumps(names)),
    )
    return list(rows.scalars())


def _remove(connection: Connection, collection: Row[Any], documents: Sequence[int]) -> None:
    if not documents:
        return
    ids = connection.exec_driver_sql(_PASSAGES, (json.dumps(list(documents)),)).scalars().all()
    if ids:
        vectors.delete(connection, collection.dimension, ids)
        wordindex.delete(connection, collection.id, ids)
        connection.exec_driver_sql(_DELETE_PASSAGE, [(one,) for one in ids])
    connection.exec_driver_sql(_DELETE_DOCUMENT, [(one,) for one in documents])
