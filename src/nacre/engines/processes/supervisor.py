"""Keeps services running: adopts or starts each, restarts with growing patience, and gives up in plain sight."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import structlog

from nacre.core.errors import Conflict, NotFound
from nacre.engines.processes.identity import Identity, ended
from nacre.engines.processes.logs import rotate
from nacre.engines.processes.service import Service

_log = structlog.get_logger()
_LOG_CHECK_S = 60.0


class State(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # it failed, and is tried again after a while
    GIVEN_UP = "given-up"  # it failed too often in a row; a person must look, then `restart` (see also `keep`)
    STOPPING = "stopping"


@dataclass(frozen=True)
class Status:
    """How a service is. `failures` counts those in a row; `since` is when it came into its state."""

    name: str
    state: State
    since: datetime
    pid: int | None = None
    adopted: bool = False
    restarts: int = 0
    failures: int = 0
    last_ending: str = ""


@dataclass(frozen=True)
class Patience:
    """When to try again: after `first_s`, twice that, … up to `longest_s`; a run of `stable_s` wipes the slate."""

    first_s: float = 0.5
    longest_s: float = 30.0
    stable_s: float = 60.0
    give_up_after: int = 8

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row (≥ 1)."""
        return min(self.longest_s, self.first_s * 2.0 ** (failures - 1))


@dataclass
class _Kept:
    service: Service
    status: Status
    again_s: float | None = None
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Supervisor:
    """All its methods belong to one event loop. `on_change` is called with every new status of a service."""

    def __init__(self, patience: Patience | None = None, on_change: Callable[[Status], None] | None = None) -> None:
        self._patience = patience or Patience()
        self._on_change = on_change or (lambda status: None)
        self._kept: dict[str, _Kept] = {}
        self._log_task: asyncio.Task[None] | None = None

    async def start(self, service: Service) -> Identity:
        """Adopt or start it now, and keep it running from then on.

        Raises what its start raises, and forgets it then. A caller that is cancelled meanwhile leaves it kept.
        """
        kept = self._enter(service)
        first: asyncio.Future[Identity] = asyncio.get_running_loop().create_future()
        kept.task = asyncio.create_task(self._keep_once_up(kept, first))
        return await asyncio.shield(first)

    def keep(self, service: Service, again_s: float | None = None) -> None:
        """Adopt or start it in the background, trying again as after any failure.

        With `again_s` one that was given up is tried once more whenever so many seconds have gone by.
        """
        kept = self._enter(service)
        kept.again_s = again_s
        kept.task = asyncio.create_task(self._keep(kept, None))

    async def stop(self, name: str) -> None:
        """Stop the service and forget it."""
        kept = await self._leave(name)
        try:
            await kept.service.stop()
        finally:
            self._forget(kept)

    async def release(self, name: str) -> None:
        """Forget the service and leave its process alone, for one who will stop or replace it himself."""
        self._forget(await self._leave(name))

    async def restart(self, name: str) -> Identity:
        """Stop it, forget its failures, and start it; raises what its start raises."""
        kept = await self._leave(name)
        try:
            await kept.service.stop()
        finally:
            self._forget(kept)
        return await self.start(kept.service)

    async def stop_all(self) -> None:
        """Stop every service, side by side. Raises the first error once all were tried."""
        results = await asyncio.gather(*(self.stop(name) for name in [*self._kept]), return_exceptions=True)
        await self._stop_tending()
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def release_all(self) -> None:
        """Let go of every service; their processes live on and can be adopted."""
        await asyncio.gather(*(self.release(name) for name in [*self._kept]))
        await self._stop_tending()

    def statuses(self) -> list[Status]:
        """How every service is, in the order they came."""
        return [kept.status for kept in self._kept.values()]

    def status(self, name: str) -> Status:
        """Raises NotFound "service-not-found"."""
        return self._find(name).status

    def _enter(self, service: Service) -> _Kept:
        if service.name in self._kept:
            raise Conflict("service-exists", f"A service named {service.name} is kept running already.")
        kept = _Kept(service, Status(service.name, State.STARTING, datetime.now(UTC)))
        self._kept[service.name] = kept
        if self._log_task is None:
            self._log_task = asyncio.create_task(self._tend_logs())
        return kept

    async def _keep_once_up(self, kept: _Kept, first: asyncio.Future[Identity]) -> None:
        try:
            identity = await self._bring_up(kept)
        except Exception as error:
            self._forget(kept)
            first.set_exception(error)
            return
        first.set_result(identity)
        await self._keep(kept, identity)

    async def _keep(self, kept: _Kept, identity: Identity | None) -> None:
        """Live through runs and failures until told to leave."""
        service, loop = kept.service, asyncio.get_running_loop()
        while not kept.leave.is_set():
            began = loop.time()
            try:
                if identity is None:
                    identity = await self._bring_up(kept)
                began = loop.time()
                await _first(ended(identity), kept.leave.wait())
                if kept.leave.is_set():
                    return
                ending = service.how_it_ended()
            except Exception as error:  # whatever kept it from starting is told in its status and tried again
                ending = str(error) or type(error).__name__
            identity = None
            stable = loop.time() - began >= self._patience.stable_s
            failures = 1 if stable else kept.status.failures + 1
            if failures >= self._patience.give_up_after:
                self._change(kept, State.GIVEN_UP, failures=failures, last_ending=ending)
                _log.error("service given up", service=service.name, failures=failures, ending=ending)
                if kept.again_s is None:
                    return
                await _first(asyncio.sleep(kept.again_s), kept.leave.wait())
                continue
            self._change(kept, State.WAITING, failures=failures, last_ending=ending)
            _log.warning("service ended", service=service.name, failures=failures, ending=ending)
            await _first(asyncio.sleep(self._patience.wait_s(failures)), kept.leave.wait())

    async def _bring_up(self, kept: _Kept) -> Identity:
        restarts = kept.status.restarts + (kept.status.state is not State.STARTING)
        self._change(kept, State.STARTING, restarts=restarts)
        adopted = await kept.service.adopt()
        identity = adopted or await kept.service.start()
        self._change(kept, State.RUNNING, pid=identity.pid, adopted=adopted is not None)
        return identity

    async def _leave(self, name: str) -> _Kept:
        """End the watch. A start under way is let finish, so that no process slips away."""
        kept = self._find(name)
        self._change(kept, State.STOPPING, pid=kept.status.pid)
        kept.leave.set()
        if kept.task is not None:
            await kept.task
        return kept

    def _forget(self, kept: _Kept) -> None:
        if self._kept.get(kept.service.name) is kept:
            del self._kept[kept.service.name]

    def _change(self, kept: _Kept, state: State, *, pid: int | None = None, **fields: Any) -> None:
        kept.status = replace(kept.status, state=state, since=datetime.now(UTC), pid=pid, **fields)
        self._on_change(kept.status)

    def _find(self, name: str) -> _Kept:
        if name not in self._kept:
            raise NotFound("service-not-found", f"No service named {name} is kept running.")
        return self._kept[name]

    async def _tend_logs(self) -> None:
        while True:
            await asyncio.sleep(_LOG_CHECK_S)
            for path in [kept.service.log_path for kept in self._kept.values()]:
                if path is not None:
                    with suppress(OSError):  # as where the disk is full: tried again the next time
                        await asyncio.to_thread(rotate, path)

    async def _stop_tending(self) -> None:
        if self._log_task is not None:
            self._log_task.cancel()
            await asyncio.gather(self._log_task, return_exceptions=True)
            self._log_task = None


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of them is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
