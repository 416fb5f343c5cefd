"""Running operations in worker threads, with their progress: they finish even when the one who asked has gone."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import anyio
from anyio.to_thread import run_sync
from pydantic import BaseModel

from nacre.core.dispatch import Dispatcher
from nacre.core.errors import NacreError
from nacre.core.principals import Principal
from nacre.core.progress import Output, Step, watched_by
from nacre.surfaces.http.sse import HEARTBEAT, HEARTBEAT_EVERY_S, frame

_THREADS = 64
_PROGRESS_EVERY_S = 0.05
_UNHEARD_CHUNKS = 64
_LOOK_FOR_LISTENER_EVERY_S = 0.2
_NOBODY_LISTENS = threading.Event()
_NOBODY_LISTENS.set()


class Runner:
    """Calls the dispatcher off the event loop; at most 64 operations run at once, further ones wait."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._running: set[asyncio.Task[BaseModel]] = set()
        self._ending = threading.Event()

    async def run(
        self,
        who: Principal,
        name: str,
        arguments: Mapping[str, Any],
        *,
        surface: str,
        request_id: str,
        watcher: Callable[[Step], None] | None = None,
    ) -> BaseModel:
        """Run one operation to its end, whatever becomes of the caller. `watcher` is called on the event loop.

        Raises NacreError.
        """
        call = partial(self._dispatcher.call, who, name, arguments, surface=surface, request_id=request_id)
        on_step = _ignore if watcher is None else _on_loop(watcher)
        watched = partial(_call_watched, call, on_step, _ignore, _NOBODY_LISTENS, self._ending)
        return await asyncio.shield(self._start(watched))

    async def stream(
        self,
        who: Principal,
        name: str,
        arguments: Mapping[str, Any],
        *,
        surface: str,
        request_id: str,
        still: Callable[[], Principal | None] | None = None,
    ) -> AsyncIterator[bytes]:
        """The operation as events: `progress` {phase, done, total} and `output` {stream, data in base64} …, then
        `result` or `error`.

        A program that writes faster than the listener reads is held up; once the listener has gone it is not. `still`
        tells who the caller is by now (progress.by_now).
        """
        told: asyncio.Queue[Step | Output | None] = asyncio.Queue()
        call = partial(self._dispatcher.call, who, name, arguments, surface=surface, request_id=request_id)
        speech = _Speech(told)
        on_step = _on_loop(told.put_nowait)
        task = self._start(partial(_call_watched, call, on_step, speech.say, speech.gone, self._ending, still))
        task.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_EVERY_S):
                        next_told = await told.get()
                except TimeoutError:
                    yield HEARTBEAT
                    continue
                if next_told is None:
                    break
                if isinstance(next_told, Output):
                    speech.heard()
                yield _told_frame(next_told)
        finally:
            speech.nobody_listens()
        try:
            yield frame("result", task.result().model_dump_json())
        except NacreError as error:
            yield frame("error", json.dumps(error.document()["error"] | {"status": error.http_status}))

    def ask_to_end(self) -> None:
        """Tell the operations that would go on for as long as somebody likes, such as a command's, to end."""
        self._ending.set()

    async def finish(self) -> None:
        """Wait for the operations still running, among them those whose callers have gone."""
        while self._running:
            await asyncio.wait(self._running)

    def _start(self, call: Callable[[], BaseModel]) -> asyncio.Task[BaseModel]:
        task: asyncio.Task[BaseModel] = asyncio.create_task(run_sync(call, limiter=self._threads))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[BaseModel]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # the dispatcher has logged it; when the caller has gone nobody else asks for it


class _Speech:
    """What a program says, on its way from a worker thread to one listener: so much of it and no more."""

    def __init__(self, queue: "asyncio.Queue[Step | Output | None]") -> None:
        self._queue = queue
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(_UNHEARD_CHUNKS)
        self.gone = threading.Event()

    def say(self, output: Output) -> None:
        """From the worker thread; waits while the listener is that far behind."""
        while not self.gone.is_set():
            if self._room.acquire(timeout=_LOOK_FOR_LISTENER_EVERY_S):
                self._loop.call_soon_threadsafe(self._queue.put_nowait, output)
                return

    def heard(self) -> None:
        self._room.release()

    def nobody_listens(self) -> None:
        self.gone.set()


def _told_frame(told: Step | Output) -> bytes:
    if isinstance(told, Step):
        return frame("progress", json.dumps(asdict(told)))
    return frame("output", json.dumps({"stream": told.stream, "data": base64.b64encode(told.data).decode()}))


def _call_watched(
    call: Callable[[], BaseModel],
    on_step: Callable[[Step], None],
    on_output: Callable[[Output], None],
    gone: threading.Event,
    ending: threading.Event,
    still: Callable[[], Principal | None] | None = None,
) -> BaseModel:
    with watched_by(on_step, on_output, gone, ending, still):
        return call()


def _ignore(_told: Step | Output) -> None:
    """Nobody asked."""


def _on_loop(watcher: Callable[[Step], None]) -> Callable[[Step], None]:
    """Carry steps from the worker thread to the event loop; of a busy phase only some, its last always."""
    loop = asyncio.get_running_loop()
    sent_phase, sent_at = "", 0.0

    def carry(step: Step) -> None:
        nonlocal sent_phase, sent_at
        now = time.monotonic()
        if step.phase == sent_phase and step.done != step.total and now - sent_at < _PROGRESS_EVERY_S:
            return
        sent_phase, sent_at = step.phase, now
        loop.call_soon_threadsafe(watcher, step)

    return carry
