"""What is in a collection, read out at one moment: its settings, and its documents with passages and vectors."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, Row, select

from nacre.knowledge.index import Index
from nacre.knowledge.tables import documents, passages

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_DOCUMENTS_AT_ONCE = 64
_PASSAGES_AT_ONCE = 256
_CHARACTERS_AT_ONCE = 4_000_000


class Part(NamedTuple):
    """A passage, without its vector."""

    start: int
    page: int | None
    context: str
    text: str


@dataclass(frozen=True)
class Kept:
    """A document as it is kept, with its passages in their order."""

    name: str
    metadata: Mapping[str, JsonValue]
    digest: str
    origin: str | None
    characters: int
    added_by: str
    added_at: datetime
    parts: Sequence[Part]


@dataclass(frozen=True)
class Batch:
    """Some documents, and a row of `vectors` for each of their passages."""

    documents: Sequence[Kept]
    vectors: "Floats"


def batches(connection: Connection, index: Index, collection: Row[Any]) -> Iterator[Batch]:
    """All of it in the order in which it was put in: some hundreds of passages at a time, or one large document."""
    gathered, ids, characters = list[Kept](), list[int](), 0
    for row, own in _each(connection, collection):
        full = len(ids) + len(own) > _PASSAGES_AT_ONCE or characters + row.characters > _CHARACTERS_AT_ONCE
        if gathered and full:
            yield Batch(gathered, index.vectors(connection, collection, ids))
            gathered, ids, characters = [], [], 0
        ids += [id_ for id_, _ in own]
        characters += row.characters
        gathered.append(_kept(row, [part for _, part in own]))
    if gathered:
        yield Batch(gathered, index.vectors(connection, collection, ids))


def _each(connection: Connection, collection: Row[Any]) -> Iterator[tuple[Row[Any], list[tuple[int, Part]]]]:
    """The documents with their passages, of which some at a time are in memory."""
    last = 0
    while rows := _documents(connection, collection, last):
        last = rows[-1].id
        some, characters = list[Row[Any]](), 0
        for row in (*rows, None):
            if some and (row is None or characters + row.characters > _CHARACTERS_AT_ONCE):
                parts = _parts(connection, [one.id for one in some])
                yield from ((one, parts.get(one.id, [])) for one in some)
                some, characters = [], 0
            if row is not None:
                some.append(row)
                characters += row.characters


def _documents(connection: Connection, collection: Row[Any], after: int) -> Sequence[Row[Any]]:
    wanted = documents.c.collection_id == collection.id, documents.c.id > after
    return connection.execute(select(documents).where(*wanted).order_by(documents.c.id).limit(_DOCUMENTS_AT_ONCE)).all()


def _parts(connection: Connection, numbers: Sequence[int]) -> dict[int, list[tuple[int, Part]]]:
    """Of each of these documents its passages with their numbers."""
    found: dict[int, list[tuple[int, Part]]] = {}
    rows = connection.execute(
        select(passages)
        .where(passages.c.document_id.in_(numbers))
        .order_by(passages.c.document_id, passages.c.position)
    )
    for row in rows:
        found.setdefault(row.document_id, []).append((row.id, Part(row.start, row.page, row.context, row.text)))
    return found


def _kept(row: Row[Any], parts: Sequence[Part]) -> Kept:
    metadata = json.loads(row.metadata) if isinstance(row.metadata, str) else row.metadata
    return Kept(row.name, metadata, row.digest, row.origin, row.characters, row.added_by, row.added_at, parts)
