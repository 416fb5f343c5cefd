"""Adds documents: what is new is cut into passages and embedded first, then all of it is written at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from pydantic import JsonValue
from sqlalchemy import Row, select

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.store import Store
from nacre.knowledge import writing
from nacre.knowledge.collections import to_write
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.matrices import Matrices
from nacre.knowledge.tables import documents
from nacre.knowledge.writing import Prepared
from nacre.llm.embedding.chunking import Chunk, Chunking, chunks
from nacre.llm.embedding.tokens import token_offsets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EMBEDDED_AT_ONCE = 256


@dataclass(frozen=True)
class New:
    """A document to be added; its `vector` is brought along where the collection has no model."""

    name: str
    text: str
    metadata: Mapping[str, JsonValue]
    vector: Sequence[float] | None = None


class Added(Answer):
    """How many documents were `added` (or replaced), how many were there already, `unchanged`, and in what passages."""

    added: int
    unchanged: int
    passages: int


@dataclass(frozen=True)
class Adding:
    """Called from worker threads."""

    store: Store
    clock: Clock
    matrices: Matrices
    embedder: Embedder

    def add(self, who: Principal, name: str, news: Sequence[New]) -> Added:
        """All of them or none. One that has the name of another replaces it, and is left alone if it is the same.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "same-name", "empty-document",
        "vector-needed", "vector-not-wanted", "wrong-dimension", "bad-vector", Conflict "model-changed".
        """
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
            known = _digests(connection, collection.id, [new.name for new in news])
        _check(news, collection)
        changed = [(new, digest) for new in news if known.get(new.name) != (digest := _digest(new, collection))]
        prepared = self._prepared(who, collection, changed)
        if prepared:
            with self.matrices.changing(collection.id) as changing, self.store.write() as connection:
                current = to_write(connection, who, name)
                if current.id != collection.id:
                    raise NotFound("collection-not-found", f"The collection “{name}” was deleted meanwhile.")
                changing.change = writing.put(connection, current, prepared, str(who), self.clock())
        return Added(
            added=len(prepared),
            unchanged=len(news) - len(prepared),
            passages=sum(len(one.chunks) for one in prepared),
        )

    def remove(self, who: Principal, name: str, document: str) -> None:
        """Raises NotFound "document-not-found" too."""
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
        with self.matrices.changing(collection.id) as changing, self.store.write() as connection:
            found = connection.execute(
                select(documents.c.id).where(documents.c.collection_id == collection.id, documents.c.name == document)
            ).scalar_one_or_none()
            if found is None:
                raise document_not_found(name, document)
            changing.change = writing.take_out(connection, collection, [found])

    def _prepared(self, who: Principal, collection: Row[Any], news: Sequence[tuple[New, str]]) -> list[Prepared]:
        how = Chunking.model_validate(collection.chunking)
        if collection.model is None:
            cut = [[Chunk(new.text)] for new, _ in news]
            numbers = as_vectors([new.vector or () for new, _ in news], collection.dimension, collection.metric)
        else:
            cut = [chunks(new.text, how, token_offsets) for new, _ in news]
            numbers = self._embedded(who, collection, [chunk.embedded for each in cut for chunk in each])
        prepared, at = [], 0
        for (new, digest), each in zip(news, cut, strict=True):
            prepared.append(Prepared(new.name, new.metadata, digest, len(new.text), each, numbers[at : at + len(each)]))
            at += len(each)
        return prepared

    def _embedded(self, who: Principal, collection: Row[Any], texts: Sequence[str]) -> "NDArray[np.float32]":
        import numpy as np

        parts = [np.empty((0, collection.dimension), np.float32)]
        for first in range(0, len(texts), _EMBEDDED_AT_ONCE):
            report("embedding", done=first, total=len(texts))
            part = self.embedder.embed(who, texts[first : first + _EMBEDDED_AT_ONCE], collection.model)
            check_digest(collection.name, collection.digest, part)
            parts.append(as_vectors(part.vectors, collection.dimension, collection.metric))
        return np.concatenate(parts)


def document_not_found(collection: str, document: str) -> NotFound:
    return NotFound(
        "document-not-found",
        f"There is no document “{document}” in “{collection}”.",
        hint=f"`nacre knowledge document list {collection}` shows those there are.",
    )


def _check(news: Sequence[New], collection: Row[Any]) -> None:
    seen: set[str] = set()
    for new in news:
        if new.name in seen:
            raise InvalidInput("same-name", f"Two of the documents are called “{new.name}”.")
        seen.add(new.name)
        if not new.text.strip():
            raise InvalidInput("empty-document", f"The document “{new.name}” has no text.")
        if new.vector is None and collection.model is None:
            raise InvalidInput(
                "vector-needed",
                f"“{collection.name}” has no model: each document needs a vector, and “{new.name}” has none.",
                hint="Bring it along, or make a collection with a model.",
            )
        if new.vector is not None and collection.model is not None:
            raise InvalidInput(
                "vector-not-wanted",
                f"The vectors of “{collection.name}” are made by {collection.model}; “{new.name}” brings its own.",
                hint="Leave it out, or make a collection with --dimension.",
            )


def _digest(new: New, collection: Row[Any]) -> str:
    """Of all that makes a document what it is."""
    said = [new.text, dict(new.metadata), new.vector and list(new.vector), collection.chunking]
    return blake3(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _digests(connection: Any, collection_id: int, names: Sequence[str]) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        "SELECT name, digest FROM knowledge_document WHERE collection_id = ? "
        "AND name IN (SELECT value FROM json_each(?))",
        (collection_id, json.dumps(list(names))),
    )
    return {row[0]: row[1] for row in rows}
