"""Adds documents at once: what is new is cut into passages and embedded first, then all of it is written.

What can wait is added by the queue (ingestion/), which prepares and writes by the same steps.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from sqlalchemy import Row, select

from nacre.core.clock import Clock
from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.database import Database
from nacre.engines.processes.users import Account
from nacre.engines.reading.reading import read
from nacre.knowledge.collections import to_write
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.index import Index, Moved, Prepared
from nacre.knowledge.preparing import New, Wanted, cut, origin_of, wanted, whole
from nacre.knowledge.tables import documents

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

EMBEDDED_AT_ONCE = 256


class Added(Answer):
    """How many documents were `added` (or replaced), how many were there already, `unchanged`, and in what passages;
    `waiting` are those that were put in the queue instead."""

    added: int
    unchanged: int
    passages: int
    waiting: int = 0


class Removed(Answer):
    """The document that is there no more."""

    name: str


@dataclass(frozen=True)
class Adding:
    """Called from worker threads. `account` is whom files are parsed as, None for this process's own user."""

    store: Database
    clock: Clock
    index: Index
    embedder: Embedder
    account: Account | None

    def add(self, who: Principal, name: str, news: Sequence[New]) -> Added:
        """All of them or none. One that has the name of another replaces it, and is left alone if it is the same.

        What waits in the queue under one of these names is older, and waits no longer.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "same-name", "bad-name",
        "bad-metadata", "empty-document", "vector-needed", "vector-not-wanted", "wrong-dimension", "bad-vector",
        Conflict "model-changed".
        """
        while True:
            with suppress(Moved):  # once the vectors are those of another model: it is to make these too
                return self._added(who, name, news)

    def _added(self, who: Principal, name: str, news: Sequence[New]) -> Added:
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
            every = wanted(news, collection)
            known = self.index.digests(connection, collection, [new.name for new in news])
        changed = [each for each in every if known.get(each.new.name) != each.digest]
        prepared = self._prepared(who, collection, changed)
        names = [new.name for new in news]
        with self.index.changing(collection) as changing:
            changing.withdraw(names)
            if prepared:
                changing.put(prepared, str(who), self.clock())
        return Added(
            added=len(prepared),
            unchanged=len(news) - len(prepared),
            passages=sum(len(one.chunks) for one in prepared),
        )

    def upload(self, who: Principal, name: str, document: str, data: bytes) -> Added:
        """Add a file, read as Markdown. Raises what `add` does, and what engines/reading/reading.py lists."""
        with self.store.read() as connection:
            chunking = to_write(connection, who, name).chunking
        report("reading")
        account = None if self.account is None else (self.account.uid, self.account.gid)
        found = read(document, data, account)
        origin = origin_of("file", blake3(data).hexdigest(), {}, chunking)
        return self.add(who, name, [New(document, found.text, {"kind": found.kind.value}, None, origin)])

    def remove(self, who: Principal, name: str, document: str) -> Removed:
        """Also from the queue, where it waits in it. Raises NotFound "document-not-found" too."""
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
        with self.index.changing(collection) as changing:
            found = changing.connection.execute(
                select(documents.c.id).where(documents.c.collection_id == collection.id, documents.c.name == document)
            ).scalar_one_or_none()
            if not changing.withdraw([document]) and found is None:
                raise document_not_found(name, document)
            if found is not None:
                changing.take_out([found])
        return Removed(name=document)

    def _prepared(self, who: Principal, collection: Row[Any], changed: Sequence[Wanted]) -> list[Prepared]:
        every = [cut(each, collection) for each in changed]
        if collection.model is None:
            return [whole(each, each.wanted.vector) for each in every]
        numbers = self.embedded(who, collection, [chunk.embedded for each in every for chunk in each.chunks])
        ends = list(accumulate(len(each.chunks) for each in every))
        return [whole(each, numbers[end - len(each.chunks) : end]) for each, end in zip(every, ends, strict=True)]

    def embedded(self, who: Principal, collection: Row[Any], texts: Sequence[str]) -> "Floats":
        """A vector of each text by the model of the collection. Raises Conflict "model-changed"."""
        import numpy as np

        parts = [np.empty((0, collection.dimension), np.float32)]
        for first in range(0, len(texts), EMBEDDED_AT_ONCE):
            report("embedding", done=first, total=len(texts))
            parts.append(embedded(self.embedder, who, collection, texts[first : first + EMBEDDED_AT_ONCE]))
        return np.concatenate(parts)


def embedded(embedder: Embedder, who: Principal, collection: Row[Any], texts: Sequence[str]) -> "Floats":
    """The vectors of texts as the collection stores them. Raises Conflict "model-changed", and what the model does."""
    made = embedder.embed(who, texts, collection.model)
    check_digest(collection.name, collection.digest, made)
    return as_vectors(made.vectors, collection.dimension, collection.metric)


def document_not_found(collection: str, document: str) -> NotFound:
    return NotFound(
        "document-not-found",
        f"There is no document “{document}” in “{collection}”.",
        hint=f"`nacre knowledge document list {collection}` shows those there are.",
    )
