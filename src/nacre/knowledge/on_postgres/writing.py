"""Writes documents with their passages, vectors and words, inside one transaction of the caller's."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.errors import NotFound
from nacre.core.store.tables import UtcTime
from nacre.engines.retrieval.folding import folded
from nacre.knowledge.index import Prepared, moved
from nacre.knowledge.on_postgres import vectors, wordindex
from nacre.knowledge.on_postgres.driver import Native, native, storable

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_OF_NAMES = "SELECT id FROM knowledge_document WHERE collection_id = %s AND name = ANY(%s)"
_DOCUMENTS = (
    "COPY knowledge_document "
    "(id, collection_id, name, metadata, digest, origin, characters, added_by, added_at) FROM STDIN"
)
_PASSAGES = 'COPY knowledge_base (id, collection_id, document_id, position, start, page, context, "text") FROM STDIN'
_NUMBERS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
_ADVANCE = "UPDATE knowledge_collection SET revision = revision + 1 WHERE id = %s AND name = %s RETURNING generation"
_LIVING = "SELECT id, document_id FROM knowledge_base WHERE id = ANY(%s)"
_COMING = "SELECT generation FROM knowledge_reembedding WHERE collection_id = %s"
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def put(
    connection: Connection,
    collection: Row[Any],
    prepared: Sequence[Prepared],
    by: str,
    now: datetime,
    graph_from_bytes: int,
) -> None:
    """Add documents; those that have the name of one replace it. Their names differ.

    Raises NotFound "collection-not-found" when it was deleted meanwhile, and Moved.
    """
    import numpy as np

    database = native(connection)
    generation = _advance(database, collection)
    if generation != collection.generation:
        raise moved(collection)
    found = database.execute(_OF_NAMES, (collection.id, [one.name for one in prepared]))
    _remove(database, collection, generation, [id_ for (id_,) in found])
    at = UtcTime().process_bind_param(now, connection.dialect)
    numbers = _numbers(database, "knowledge_document", len(prepared))
    _copy(
        database,
        _DOCUMENTS,
        (
            (number, collection.id, one.name, _json(one.metadata), one.digest, one.origin, one.characters, by, at)
            for number, one in zip(numbers, prepared, strict=True)
        ),
    )
    ends = list(accumulate(len(one.chunks) for one in prepared))
    ids = _numbers(database, "knowledge_base", ends[-1] if ends else 0)
    rows = [
        (id_, collection.id, number, position, chunk.start, page, storable(chunk.context), storable(chunk.text))
        for number, one, end in zip(numbers, prepared, ends, strict=True)
        for position, (id_, chunk, page) in enumerate(
            zip(ids[end - len(one.chunks) : end], one.chunks, one.pages, strict=True), 1
        )
    ]
    _copy(database, _PASSAGES, rows)
    of = [row[2] for row in rows]
    vectors.insert(database, collection, ids, of, np.concatenate([one.vectors for one in prepared]))
    texts = [folded(row[6] + row[7], collection.folding) for row in rows]
    wordindex.insert(database, collection, list(zip(ids, of, texts, strict=True)))
    vectors.make_graph(database, collection, graph_from_bytes)


def take_out(connection: Connection, collection: Row[Any], documents: Sequence[int]) -> None:
    """Remove documents with all that belongs to them."""
    database = native(connection)
    _remove(database, collection, _advance(database, collection), documents)


def embed(
    connection: Connection, coming: Row[Any], ids: Sequence[int], numbers: "Floats", graph_from_bytes: int
) -> None:
    """Give passages a vector of another generation; those that are gone by now get none."""
    database = native(connection)
    living: dict[int, int] = dict(database.execute(_LIVING, (list(ids),)).fetchall())
    rows = [at for at, id_ in enumerate(ids) if id_ in living]
    own = [ids[at] for at in rows]
    vectors.insert(database, coming, own, [living[id_] for id_ in own], numbers[rows])
    vectors.make_graph(database, coming, graph_from_bytes)


def _advance(database: Native, collection: Row[Any]) -> int:
    """Note that its passages change. Who changes them next waits until this transaction ends. One
    that was replaced has another name since. → the generation that is searched"""
    at = database.execute(_ADVANCE, (collection.id, collection.name)).fetchone()
    if at is None:
        raise NotFound("collection-not-found", f"The collection “{collection.name}” was deleted or replaced meanwhile.")
    return int(at[0])


def _remove(database: Native, collection: Row[Any], generation: int, documents: Sequence[int]) -> None:
    """From the generation that is searched, and from the one that is being made."""
    if not documents:
        return
    coming = [one for (one,) in database.execute(_COMING, (collection.id,)).fetchall()]
    for each in (generation, *coming):
        vectors.delete(database, collection.id, each, documents)
    wordindex.delete(database, collection, documents)
    database.execute("DELETE FROM knowledge_document WHERE id = ANY(%s)", (list(documents),))  # with its passages


def _numbers(database: Native, table: str, count: int) -> list[int]:
    """For new rows, none of which was ever given before, in their order."""
    return sorted(number for (number,) in database.execute(_NUMBERS, (table, count)))


def _copy(database: Native, statement: str, rows: Iterable[Sequence[object]]) -> None:
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _json(metadata: Mapping[str, JsonValue]) -> str:
    """Without spaces, so that what is in a list or an object is the same text as SQLite makes of it."""
    return _NUL.sub(r"\1\\ufffd", json.dumps(metadata, ensure_ascii=False, separators=(",", ":")))
