"""What a document becomes before it is written: cut into chunks, each with its page, and told apart by a digest."""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from pydantic import JsonValue
from sqlalchemy import Row

from nacre.core.errors import InvalidInput
from nacre.engines.reading.reading import PAGE_BREAK
from nacre.knowledge.embedding import as_vectors
from nacre.knowledge.index import Prepared
from nacre.knowledge.metadata import check_metadata
from nacre.llm.embedding.chunking import Chunk, Chunking, chunks
from nacre.llm.embedding.tokens import token_offsets

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats


@dataclass(frozen=True)
class New:
    """A document to be added; its `vector` is brought along where the collection has no model.

    `origin` tells what it was read from, as origin_of has it: None where it came as text, and is compared as such.
    """

    name: str
    text: str
    metadata: Mapping[str, JsonValue]
    vector: "Sequence[float] | Floats | None" = None
    origin: str | None = None


@dataclass(frozen=True)
class Wanted:
    """Of a document that can be added: `vector` is a row of as many numbers as were brought along, none where a model
    makes it; `digest` is of all that makes the document what it is."""

    new: New
    digest: str
    vector: "Floats"


@dataclass(frozen=True)
class Cut:
    """A document in the chunks that are to be embedded."""

    wanted: Wanted
    chunks: Sequence[Chunk]


def wanted(news: Sequence[New], collection: Row[Any]) -> list[Wanted]:
    """Raises InvalidInput "same-name", "bad-name", "bad-metadata", "empty-document", "vector-needed",
    "vector-not-wanted", "wrong-dimension", "bad-vector"."""
    import numpy as np

    _check(news, collection)
    brought = np.empty((len(news), 0), np.float32)
    if collection.model is None:
        own = [() if new.vector is None else new.vector for new in news]
        brought = as_vectors(own, collection.dimension, collection.metric)
    how = collection.chunking.encode()
    return [
        Wanted(new, _digest(new, how, vector.tobytes()), vector[np.newaxis])
        for new, vector in zip(news, brought, strict=True)
    ]


def cut(wanted: Wanted, collection: Row[Any]) -> Cut:
    """As the collection has its texts cut; one with a vector of its own is left whole."""
    if collection.model is None:
        return Cut(wanted, [Chunk(wanted.new.text)])
    return Cut(wanted, chunks(wanted.new.text, Chunking.model_validate_json(collection.chunking), token_offsets))


def whole(cut: Cut, vectors: "Floats") -> Prepared:
    """Ready to be written: a row of `vectors` for each of its chunks."""
    new = cut.wanted.new
    return Prepared(
        name=new.name,
        metadata=new.metadata,
        digest=cut.wanted.digest,
        origin=new.origin,
        characters=len(new.text),
        chunks=cut.chunks,
        pages=_pages(new.text, cut.chunks),
        vectors=vectors,
    )


def origin_of(form: str, content: str, metadata: Mapping[str, JsonValue], chunking: str) -> str:
    """The digest of what a document is made from: a file or a text, by the digest of its bytes, and all that makes a
    difference beside it."""
    return blake3(json.dumps([form, content, dict(metadata), chunking], sort_keys=True).encode()).hexdigest()[:32]


def _check(news: Sequence[New], collection: Row[Any]) -> None:
    seen: set[str] = set()
    for new in news:
        if new.name in seen:
            raise InvalidInput("same-name", f"Two of the documents are called “{new.name}”.")
        seen.add(new.name)
        _check_name(new.name)
        check_metadata(new.name, new.metadata)
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
                hint="Leave it out (of a file: --embed), or make a collection with --dimension.",
            )


def _check_name(name: str) -> None:
    if name in (".", "..") or any(character < " " or character == "\x7f" for character in name):
        raise InvalidInput(
            "bad-name",
            f"{name!a} cannot name a document: no address leads to it.",
            hint="Leave out line ends and other control characters.",
        )


def _digest(new: New, *more: bytes) -> str:
    digest = blake3(json.dumps([new.text, dict(new.metadata)], sort_keys=True).encode())
    for part in more:
        digest.update(part)
    return digest.hexdigest()[:32]


def _pages(text: str, cut: Sequence[Chunk]) -> list[int | None]:
    """The page that each chunk begins on."""
    if PAGE_BREAK not in text:
        return [None] * len(cut)
    breaks = [at for at, character in enumerate(text) if character == PAGE_BREAK]
    return [bisect_left(breaks, chunk.start) + 1 for chunk in cut]
