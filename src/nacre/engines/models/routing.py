"""The way among several models: fall-back, turns, retries and time limits around the providers' own calls."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from nacre.engines.models.documents import bad_answer
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.plan import Plan, Wait
from nacre.engines.models.provider import ChatRequest, Completion, Piece
from nacre.engines.models.target import FOREVER, Target
from nacre.engines.models.tokens import estimate_tokens

T = TypeVar("T")


@dataclass(frozen=True)
class Route:
    """Tiers of equals: one of the first tier is asked, in turn; the next tier only when the whole of it fails.

    Everything raises ModelError, of the first target's failure if all fail. `who` is whom the call is for: those who
    wait for a place are served in turn by it. `within_s` is what the caller has left, waiting and retries included.
    """

    tiers: Sequence[Sequence[Target]]
    rng: random.Random = field(default_factory=random.Random)

    async def chat(
        self, request: ChatRequest, *, who: str = "", within_s: float | None = None
    ) -> tuple[Completion, Target]:
        tokens = _tokens(request)

        async def ask(target: Target, deadline: float) -> Completion:
            async with target.turn(who, tokens, deadline) as settle, _limited(target, deadline):
                completion = await target.provider.chat(replace(request, model=target.model))
                settle(completion.usage.input_tokens + completion.usage.output_tokens)
                return completion

        return await self._first_that_works(ask, within_s)

    async def embed(
        self, texts: Sequence[str], *, who: str = "", within_s: float | None = None
    ) -> tuple[list[list[float]], Target]:
        tokens = sum(map(estimate_tokens, texts))

        async def ask(target: Target, deadline: float) -> list[list[float]]:
            async with target.turn(who, tokens, deadline), _limited(target, deadline):
                return await target.provider.embed(target.model, texts)

        return await self._first_that_works(ask, within_s)

    async def stream(
        self, request: ChatRequest, *, who: str = "", within_s: float | None = None
    ) -> AsyncGenerator[tuple[Piece, Target]]:
        """The pieces, each with the target it came from. Once the first is out there is no falling back any more.

        Pieces without text are signs of life and not passed on, except for the last one.
        """
        tokens = _tokens(request)
        async with AsyncExitStack() as stack:

            async def begin(target: Target, deadline: float) -> tuple[AsyncGenerator[Piece], Piece]:
                async with AsyncExitStack() as attempt:
                    settle = await attempt.enter_async_context(target.turn(who, tokens, deadline))
                    spoken = _spoken(target, request, deadline, settle)
                    pieces = await attempt.enter_async_context(aclosing(spoken))
                    first = await anext(pieces)
                    stack.push_async_exit(attempt.pop_all())
                    return pieces, first

            (pieces, first), target = await self._first_that_works(begin, within_s)
            yield first, target
            async for piece in pieces:
                yield piece, target

    async def _first_that_works(
        self, ask: Callable[[Target, float], Awaitable[T]], within_s: float | None
    ) -> tuple[T, Target]:
        loop = asyncio.get_running_loop()
        deadline = FOREVER if within_s is None else loop.time() + within_s
        plan = Plan(self.tiers, self.rng)
        while True:
            match plan.step(loop.time(), deadline):
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case ModelError() as error:
                    try:
                        raise error
                    finally:
                        del error, plan  # what holds the error must not be held by its traceback
                case target:
                    try:
                        return await ask(target, deadline), target
                    except ModelError as error:
                        plan.failed(target, error, loop.time())


@asynccontextmanager
async def _limited(target: Target, deadline: float) -> AsyncIterator[None]:
    total_s = target.limits.total_s
    at = min(deadline, asyncio.get_running_loop().time() + total_s)
    try:
        async with asyncio.timeout_at(at):
            yield
    except TimeoutError as error:
        raise _late(f"“{target.name}” has not answered in time.") from error


async def _spoken(
    target: Target, request: ChatRequest, deadline: float, settle: Callable[[int], None]
) -> AsyncGenerator[Piece]:
    """What the provider says, piece by piece, as long as it neither stays silent too long nor goes on for ever.

    Only waiting for the provider counts: whoever reads slowly loses nothing.
    """
    loop, limits = asyncio.get_running_loop(), target.limits
    silence_s, left_s, finished = limits.first_token_s, limits.total_s, False
    async with aclosing(target.provider.stream(replace(request, model=target.model))) as pieces:
        while True:
            begun = loop.time()
            try:
                async with asyncio.timeout_at(min(begun + min(silence_s, left_s), max(deadline, begun))):
                    piece = await anext(pieces, None)
            except TimeoutError as error:
                raise _late(f"“{target.name}” fell silent.") from error
            if piece is None:
                if not finished:
                    raise bad_answer(f"The answer of “{target.name}” has no end.")
                return
            left_s -= loop.time() - begun
            silence_s = limits.between_tokens_s
            if piece.usage is not None:
                settle(piece.usage.input_tokens + piece.usage.output_tokens)
            finished = finished or piece.finish is not None
            if piece.text or piece.finish is not None:
                yield piece


def _late(message: str) -> ModelError:
    return ModelError(Kind.TIMEOUT, message, hint="Ask for less, allow it more time, or add a model to fall back to.")


def _tokens(request: ChatRequest) -> int:
    return sum(estimate_tokens(message.content) for message in request.messages) + (request.max_tokens or 0)
