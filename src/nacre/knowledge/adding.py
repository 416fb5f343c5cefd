"""Adds documents: what is new is cut into passages and embedded first, then all of it is written at once."""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from pydantic import JsonValue
from sqlalchemy import Row, select

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.database import Database
from nacre.engines.processes.users import Account
from nacre.engines.reading.reading import PAGE_BREAK, read
from nacre.knowledge.collections import to_write
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.index import Index, Prepared
from nacre.knowledge.tables import documents
from nacre.llm.embedding.chunking import Chunk, Chunking, chunks
from nacre.llm.embedding.tokens import token_offsets

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_EMBEDDED_AT_ONCE = 256


@dataclass(frozen=True)
class New:
    """A document to be added; its `vector` is brought along where the collection has no model."""

    name: str
    text: str
    metadata: Mapping[str, JsonValue]
    vector: "Sequence[float] | Floats | None" = None


@dataclass(frozen=True)
class _Wanted:
    """`vector` is a row of as many numbers as were brought along: none where a model makes it."""

    new: New
    digest: str
    vector: "Floats"


class Added(Answer):
    """How many documents were `added` (or replaced), how many were there already, `unchanged`, and in what passages."""

    added: int
    unchanged: int
    passages: int


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

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "same-name", "empty-document",
        "vector-needed", "vector-not-wanted", "wrong-dimension", "bad-vector", Conflict "model-changed".
        """
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
            known = self.index.digests(connection, collection, [new.name for new in news])
        _check(news, collection)
        changed = [each for each in _wanted(news, collection) if known.get(each.new.name) != each.digest]
        prepared = self._prepared(who, collection, changed)
        if prepared:
            with self.index.changing(collection) as changing:
                changing.put(prepared, str(who), self.clock())
        return Added(
            added=len(prepared),
            unchanged=len(news) - len(prepared),
            passages=sum(len(one.chunks) for one in prepared),
        )

    def upload(self, who: Principal, name: str, document: str, data: bytes) -> Added:
        """Add a file, read as Markdown. Raises what `add` does, and what engines/reading/reading.py lists."""
        with self.store.read() as connection:
            to_write(connection, who, name)
        report("reading")
        account = None if self.account is None else (self.account.uid, self.account.gid)
        found = read(document, data, account)
        return self.add(who, name, [New(document, found.text, {"kind": found.kind.value})])

    def remove(self, who: Principal, name: str, document: str) -> Removed:
        """Raises NotFound "document-not-found" too."""
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
        with self.index.changing(collection) as changing:
            found = changing.connection.execute(
                select(documents.c.id).where(documents.c.collection_id == collection.id, documents.c.name == document)
            ).scalar_one_or_none()
            if found is None:
                raise document_not_found(name, document)
            changing.take_out([found])
        return Removed(name=document)

    def _prepared(self, who: Principal, collection: Row[Any], wanted: Sequence[_Wanted]) -> list[Prepared]:
        if collection.model is None:
            return [_whole(each, [Chunk(each.new.text)], each.vector) for each in wanted]
        how = Chunking.model_validate_json(collection.chunking)
        cut = [chunks(each.new.text, how, token_offsets) for each in wanted]
        numbers = self._embedded(who, collection, [chunk.embedded for each in cut for chunk in each])
        ends = list(accumulate(len(each) for each in cut))
        return [
            _whole(each, own, numbers[end - len(own) : end]) for each, own, end in zip(wanted, cut, ends, strict=True)
        ]

    def _embedded(self, who: Principal, collection: Row[Any], texts: Sequence[str]) -> "Floats":
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


def _wanted(news: Sequence[New], collection: Row[Any]) -> list[_Wanted]:
    """Each with the digest of all that makes it what it is."""
    import numpy as np

    brought = np.empty((len(news), 0), np.float32)
    if collection.model is None:
        own = [() if new.vector is None else new.vector for new in news]
        brought = as_vectors(own, collection.dimension, collection.metric)
    how = collection.chunking.encode()
    return [
        _Wanted(new, _digest(new, how, vector.tobytes()), vector[np.newaxis])
        for new, vector in zip(news, brought, strict=True)
    ]


def _digest(new: New, *more: bytes) -> str:
    digest = blake3(json.dumps([new.text, dict(new.metadata)], sort_keys=True).encode())
    for part in more:
        digest.update(part)
    return digest.hexdigest()[:32]


def _whole(wanted: _Wanted, cut: Sequence[Chunk], vectors: "Floats") -> Prepared:
    new = wanted.new
    return Prepared(new.name, new.metadata, wanted.digest, len(new.text), cut, _pages(new.text, cut), vectors)


def _pages(text: str, cut: Sequence[Chunk]) -> list[int | None]:
    """The page that each chunk begins on."""
    if PAGE_BREAK not in text:
        return [None] * len(cut)
    breaks = [at for at, character in enumerate(text) if character == PAGE_BREAK]
    return [bisect_left(breaks, chunk.start) + 1 for chunk in cut]
