"""The functions of embedding: texts to vectors."""

import asyncio
from collections.abc import Sequence

from pydantic import Field

from nacre.core.errors import Conflict
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.embedding.chunking import Chunking, chunks
from nacre.llm.embedding.tokens import token_offsets
from nacre.llm.functions import Args, Json, function
from nacre.llm.prompt import Embedded
from nacre.llm.together import together

BATCH = 64
"""Texts that are embedded in one call: what most providers take at once, and enough to fill it."""

_AT_ONCE = 4


class EmbedArgs(Args):
    texts: list[str] = Field(max_length=100_000)
    model: str | None = None


class EmbedChunksArgs(Args):
    text: str
    chunking: Chunking = Chunking()
    model: str | None = None


class EmbedQueryArgs(Args):
    """`digest` is that of the vectors it is to be compared with."""

    query: str
    model: str
    digest: str


@function("embed")
async def embed(desk: Desk, caller: Caller, args: EmbedArgs) -> Json:
    """One vector for each text, in their order, with the model they are of."""
    found = await embedded(desk, caller, args.texts, args.model)
    return {
        "model": found.model,
        "digest": found.digest,
        "dimension": found.dimension,
        "vectors": found.vectors,
    }


@function("embed_chunks")
async def embed_chunks(desk: Desk, caller: Caller, args: EmbedChunksArgs) -> Json:
    """→ {"model", "digest", "dimension", "chunks": [{"text", "vector"}, …]}: a text cut as for a vectorizer"""
    cut = await asyncio.to_thread(chunks, args.text, args.chunking, token_offsets)
    found = await embedded(desk, caller, [chunk.embedded for chunk in cut], args.model)
    return {
        "model": found.model,
        "digest": found.digest,
        "dimension": found.dimension,
        "chunks": [
            {"text": chunk.text, "vector": as_vector(vector)} for chunk, vector in zip(cut, found.vectors, strict=True)
        ],
    }


@function("embed_query")
async def embed_query(desk: Desk, caller: Caller, args: EmbedQueryArgs) -> Json:
    """The vector of a query as pgvector reads it. Raises Conflict "model-changed" for vectors of another model."""
    found = await desk.embed(caller, [args.query], args.model)
    if found.digest != args.digest:
        raise model_changed(args.model)
    return as_vector(found.vectors[0])


async def embedded(desk: Desk, caller: Caller, texts: Sequence[str], model: str | None) -> Embedded:
    """Any number of texts, a batch a call and a few calls at once."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def batch(first: int) -> Embedded:
        async with turns:
            return await desk.embed(caller, texts[first : first + BATCH], model)

    parts = await together(batch(first) for first in range(0, max(len(texts), 1), BATCH))
    vectors = [vector for part in parts for vector in part.vectors]
    return Embedded(parts[0].model, parts[0].digest, parts[0].dimension, vectors, parts[0].request_id)


def as_vector(vector: Sequence[float]) -> str:
    """As pgvector reads it, to the precision of its 32-bit floats."""
    return f"[{','.join(f'{number:.9g}' for number in vector)}]"


def model_changed(model: str) -> Conflict:
    return Conflict(
        "model-changed",
        f"“{model}” stands for another model now than the one that these vectors are of: they do not compare.",
        hint="llm.alter_vectorizer builds vectors of the new model beside these, and then swaps them.",
    )
