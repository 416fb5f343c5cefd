"""Pulls what comes on the event loop into a worker thread, which can look up now and then while nothing comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def pulled(pieces: AsyncIterator[T], loop: asyncio.AbstractEventLoop, every_s: float) -> Iterator[T | None]:
    """Each of `pieces` as it comes, and None whenever none came for `every_s` seconds. For worker threads.

    One piece is asked for at a time: whoever makes them is held up while the thread is busy.
    """
    waiting = _next(pieces, loop)
    try:
        while True:
            try:
                found = waiting.result(every_s)
            except TimeoutError:
                if waiting.done():
                    raise
                yield None
                continue
            if not found:
                return
            yield found[0]
            waiting = _next(pieces, loop)
    finally:
        waiting.cancel()


def _next(pieces: AsyncIterator[T], loop: asyncio.AbstractEventLoop) -> "Future[list[T]]":
    return asyncio.run_coroutine_threadsafe(_first_of(pieces), loop)


async def _first_of(pieces: AsyncIterator[T]) -> list[T]:
    """The next piece as a list of one; an empty list at the end."""
    async for piece in pieces:
        return [piece]
    return []
