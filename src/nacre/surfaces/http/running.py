"""Running operations in worker threads, with their progress: they finish even when the one who asked has gone."""

import asyncio
import json
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
from nacre.core.progress import Step, watched_by
from nacre.surfaces.http.sse import HEARTBEAT, HEARTBEAT_EVERY_S, frame

_THREADS = 64
_PROGRESS_EVERY_S = 0.05


class Runner:
    """Calls the dispatcher off the event loop; at most 64 operations run at once, further ones wait."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._running: set[asyncio.Task[BaseModel]] = set()

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
        return await asyncio.shield(self._start(call, watcher))

    async def stream(
        self, who: Principal, name: str, arguments: Mapping[str, Any], *, surface: str, request_id: str
    ) -> AsyncIterator[bytes]:
        """The operation as events: `progress` {phase, done, total} …, then `result` or `error`."""
        steps: asyncio.Queue[Step | None] = asyncio.Queue()
        call = partial(self._dispatcher.call, who, name, arguments, surface=surface, request_id=request_id)
        task = self._start(call, steps.put_nowait)
        task.add_done_callback(lambda _: steps.put_nowait(None))
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_EVERY_S):
                    step = await steps.get()
            except TimeoutError:
                yield HEARTBEAT
                continue
            if step is None:
                break
            yield frame("progress", json.dumps(asdict(step)))
        try:
            yield frame("result", task.result().model_dump_json())
        except NacreError as error:
            yield frame("error", json.dumps(error.document()["error"] | {"status": error.http_status}))

    async def finish(self) -> None:
        """Wait for the operations still running, among them those whose callers have gone."""
        while self._running:
            await asyncio.wait(self._running)

    def _start(self, call: Callable[[], BaseModel], watcher: Callable[[Step], None] | None) -> asyncio.Task[BaseModel]:
        if watcher is not None:
            call = partial(_call_watched, call, _on_loop(watcher))
        task: asyncio.Task[BaseModel] = asyncio.create_task(run_sync(call, limiter=self._threads))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[BaseModel]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # the dispatcher has logged it; when the caller has gone nobody else asks for it


def _call_watched(call: Callable[[], BaseModel], watcher: Callable[[Step], None]) -> BaseModel:
    with watched_by(watcher):
        return call()


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
