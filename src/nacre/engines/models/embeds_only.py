"""What providers on this machine have in common that make vectors and do not chat."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Completion, Piece
from nacre.engines.models.turns import Turns

_FEW_TEXTS = 4

Vectors = list[list[float]]


class EmbedsOnly:
    """`title` is what a refusal to chat calls it. Callers alternate by batches, and few texts go before many: a search
    does not wait for documents that are being added."""

    def __init__(self, title: str, turns: Turns) -> None:
        self._title = title
        self._turns = turns

    async def chat(self, request: ChatRequest) -> Completion:
        raise self._no_chat()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece]:
        raise self._no_chat()
        yield

    async def close(self) -> None:
        """Let the threads go; the next text starts others."""
        self._turns.close()

    async def _in_batches(
        self, count: int, batches: Iterable[Sequence[int]], made: Callable[[Sequence[int]], Vectors]
    ) -> Vectors:
        """The vectors of `count` texts in their order. `made` makes those of a batch, of which the places are told."""
        vectors: Vectors = [[]] * count
        for batch in batches:
            found = await asyncio.wrap_future(self._turns.submit(made, batch, urgent=count <= _FEW_TEXTS))
            for at, vector in zip(batch, found, strict=True):
                vectors[at] = vector
        return vectors

    def _no_chat(self) -> ModelError:
        return ModelError(
            Kind.UNKNOWN_MODEL,
            f"{self._title} makes embeddings; it cannot chat.",
            hint="Add a model that chats: `nacre llm model add`.",
        )
