"""Watches over the instance that serves: requests wait while it is started again, and it sleeps when it is idle."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from nacre.core.errors import NacreError
from nacre.engines.processes.identity import ended
from nacre.engines.processes.supervisor import State, Supervisor
from nacre.runtime.app import App
from nacre.runtime.entrance import Entrance
from nacre.runtime.health import ask
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances

_log = structlog.get_logger()
_PROBE_S = 10.0
_PROBE_EVERY_S = 30.0
_PROBES_FAILED = 3
_LOOK_EVERY_S = 0.25


class Watch:
    """`sleep` is what is done with an app, named, that was idle for as long as its release says."""

    def __init__(
        self,
        instances: Instances,
        supervisor: Supervisor,
        entrance: Entrance,
        sleep: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        self._instances = instances
        self._supervisor = supervisor
        self._entrance = entrance
        self._sleep = sleep

    def begin(self, app: App) -> None:
        self.end(app)
        app.guard = asyncio.create_task(self._guard(app))

    def end(self, app: App) -> None:
        if app.guard is not None and app.guard is not asyncio.current_task():
            app.guard.cancel()
        app.guard = None

    async def _guard(self, app: App) -> None:
        """Have requests wait while it is being started again, start it again when it hangs, let it sleep when idle."""
        instance = app.current
        assert instance is not None
        failed, used_at, served = 0, time.monotonic(), -1
        while app.current is instance:
            await self._ended_or_time(instance)
            if not self._instances.runs(instance) or instance.identity is None:
                await self._wait_up_again(app, instance)
                failed, used_at = 0, time.monotonic()
                continue
            now = await _connections(instance)
            if now != served or await instance.connected():
                served, used_at = now, time.monotonic()
            if await ask(instance, _PROBE_S) is not None:
                served, failed = await _connections(instance), 0
            else:
                failed += 1
            if failed >= _PROBES_FAILED and self._instances.runs(instance):
                await self._start_anew(app, instance)
                failed, used_at = 0, time.monotonic()
            idle = instance.deployed.run.idle_minutes
            if idle is not None and time.monotonic() - used_at > idle * 60:
                asyncio.create_task(self._sleep(app.name)).add_done_callback(_told)
                return

    async def _ended_or_time(self, instance: Instance) -> None:
        """Until it ends, at most until it is to be looked at again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_tick_s(instance)):
                if instance.identity is not None and self._instances.runs(instance):
                    await ended(instance.identity)

    async def _wait_up_again(self, app: App, instance: Instance) -> None:
        """Requests wait in the meantime; they are not kept from seeing that it was given up."""
        if self._instances.kept(instance) is None:
            await asyncio.sleep(_LOOK_EVERY_S)
            return
        await self._entrance.lead_to_room(app)
        while app.current is instance and not await self._serves(instance):
            kept = self._instances.kept(instance)
            if kept is not None and kept.state is State.GIVEN_UP:
                await app.send_away()
            await asyncio.sleep(_LOOK_EVERY_S)
        if app.current is instance:
            await self._entrance.lead_to(app, instance)

    async def _start_anew(self, app: App, instance: Instance) -> None:
        """It hangs: whoever comes from now on waits for the next run of it."""
        _log.warning("app hangs", app=app.name, release=instance.deployed.release)
        await self._entrance.lead_to_room(app)
        app.trouble = "it did not answer any more, and was started anew"
        try:
            await self._supervisor.restart(instance.name)
        except (NacreError, OSError):
            self._supervisor.keep(instance)
        await self._wait_up_again(app, instance)

    async def _serves(self, instance: Instance) -> bool:
        return self._instances.runs(instance) and await ask(instance, _PROBE_S) is not None


async def _connections(instance: Instance) -> int:
    with contextlib.suppress(NacreError):
        return await instance.inside.served()
    return -1


def _tick_s(instance: Instance) -> float:
    idle = instance.deployed.run.idle_minutes
    return min(_PROBE_EVERY_S, idle * 15) if idle is not None else _PROBE_EVERY_S


def _told(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("app did not go to sleep", reason=str(task.exception()))
