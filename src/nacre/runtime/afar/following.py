"""What an app writes, as a stream of bytes for whoever asked over HTTP."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from nacre.core.progress import Output, watched_by
from nacre.runtime.runtime import Runtime

_MOST_UNREAD = 256


async def followed(
    runtime: Runtime, app: str, release: int | None, tail_bytes: int, *, goes_on: bool
) -> AsyncIterator[bytes]:
    """The end of what a release wrote; if it goes on, also what it writes, until nobody reads any more."""
    if not goes_on:
        yield await asyncio.to_thread(runtime.log, app, release, tail_bytes)
        return
    loop, gone = asyncio.get_running_loop(), threading.Event()
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.BoundedSemaphore(_MOST_UNREAD)

    def heard(output: Output) -> None:
        while not room.acquire(timeout=1.0):
            if gone.is_set():
                return
        loop.call_soon_threadsafe(pieces.put_nowait, output.data)

    def follow() -> None:
        try:
            with watched_by(lambda step: None, heard, gone):
                runtime.follow(app, release, tail_bytes)
        finally:
            loop.call_soon_threadsafe(pieces.put_nowait, None)

    following = asyncio.create_task(asyncio.to_thread(follow))
    try:
        while (piece := await pieces.get()) is not None:
            room.release()
            yield piece
    finally:
        gone.set()
        with contextlib.suppress(asyncio.CancelledError):
            await following
