"""The runtime of a node as the control plane sees it: told what to run there, it runs that, and tells how it is."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from nacre import __version__
from nacre.core.errors import Conflict
from nacre.core.whole import write_whole
from nacre.engines.host.processes import Processes, Usage
from nacre.runtime.afar.doors import Doors
from nacre.runtime.afar.machine import measured
from nacre.runtime.afar.messages import AppReport, Prepare, Report, RunOnce, UsedThere, Wanted, WantedApp
from nacre.runtime.book import Book
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.once import Ran
from nacre.runtime.runtime import Runtime
from nacre.runtime.status import AppStatus

_log = structlog.get_logger()
_A_MOMENT_S = 1.0


class Agent:
    """Belongs to the loop of its process. `fence_file` holds the fence of the last that was heard of what to run;
    `home` is on the file system that is told of."""

    def __init__(self, runtime: Runtime, book: Book, doors: Doors, fence_file: Path, home: Path) -> None:
        self._runtime = runtime
        self._book = book
        self._doors = doors
        self._fence_file = fence_file
        self._home = home
        self._processes = Processes()
        self._fence = int(fence_file.read_text()) if fence_file.exists() else 0
        self._changing: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, int] = {}

    def take(self, app: str, fence: int) -> None:
        """Something is asked of an app. Raises Conflict "stale-fence" when it was said before the last that was heard
        of what to run, which may not have it any more."""
        if fence < self._fence:
            raise _stale(fence, self._fence)
        self._asked[app] = max(fence, self._asked.get(app, 0))

    async def want(self, fence: int, wanted: Wanted) -> Report:
        """From now on this is to run, and nothing else. What takes longer than a moment is done in the background; of
        what was asked later, this says nothing."""
        if fence < self._fence:
            raise _stale(fence, self._fence)
        await asyncio.to_thread(write_whole, self._fence_file, str(fence).encode())
        self._fence = fence
        later = {app for app, asked in self._asked.items() if asked > fence}
        named = {one.app: one for one in wanted.apps}
        for placement in await asyncio.to_thread(self._book.placements):
            if placement.app not in named and placement.app not in later:
                self._change(placement.app, partial(self._runtime.remove, placement.app))
        for one in wanted.apps:
            if one.app not in later:
                self._change(one.app, partial(self._follow, one))
        if self._changing:
            await asyncio.wait([*self._changing.values()], timeout=_A_MOMENT_S)
        return await self.report()

    async def report(self) -> Report:
        placements = await asyncio.to_thread(self._book.placements)
        numbers = [number for one in placements for number, _ in await asyncio.to_thread(self._book.instances, one.app)]
        statuses = [self._runtime.status(one.app) for one in placements if one.instance_id]
        pids = {status.pid for status in statuses if status.pid is not None}
        used = await asyncio.to_thread(self._processes.trees, pids)
        return Report(
            version=__version__,
            apps=tuple(_report(status, used) for status in statuses),
            instances=tuple(numbers),
            at_s=time.monotonic(),
            machine=await asyncio.to_thread(measured, self._home),
        )

    async def prepare(self, asked: Prepare) -> None:
        """As Runtime.prepare; another instance that had the number is none of those that are wanted."""
        deployed = await self._settled(asked.deployed)
        known = await self._runtime.instance(deployed.app, asked.number)
        if known is not None and known.deployed != deployed:
            await self._runtime.keep(deployed.app, ())
        await self._runtime.prepare(deployed, asked.within_s, asked.number)
        await asyncio.to_thread(self._doors.lay)

    async def start(self, app: str) -> None:
        """Raises as Runtime.start does."""
        await self._still(app)
        await self._runtime.start(app)

    async def run_once(self, asked: RunOnce) -> Ran:
        deployed = await self._settled(asked.deployed)
        return await self._runtime.run_once(deployed, asked.key, [*asked.argv], asked.timeout_s)

    async def forget_run(self, deployed: Deployed, key: str) -> None:
        await self._runtime.forget_run(self._here(deployed), key)

    async def _follow(self, wanted: WantedApp) -> None:
        app, number = wanted.app, wanted.serves
        placement = await asyncio.to_thread(self._book.placement, app)
        if number is not None and (placement is None or placement.instance_id != number):
            known = await self._runtime.instance(app, number)
            if known is None:
                return  # the report tells that it is not here; it is prepared first
            # The one that was prepared, also by an agent before this one, is gone on with.
            await self._runtime.switch(await self._runtime.prepare(known.deployed, number=number))
        if wanted.stopped and placement is not None and placement.wanted != "stopped":
            await self._runtime.stop(app)
        await self._runtime.keep(app, wanted.keep)
        await asyncio.to_thread(self._doors.lay)

    def _change(self, app: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One change of an app at a time; what is wanted is said again and again."""
        if app not in self._changing:
            task = self._changing[app] = asyncio.create_task(self._guarded(app, work))
            task.add_done_callback(lambda _: self._changing.pop(app, None))

    async def _guarded(self, app: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except Exception:  # it is said again
            _log.exception("not done as wanted", app=app)

    async def _still(self, app: str) -> None:
        """Once what is being changed of it is through."""
        if app in self._changing:
            await asyncio.wait([self._changing[app]])

    async def _settled(self, deployed: Deployed) -> Deployed:
        """As it is run here, its way to its database laid."""
        await self._still(deployed.app)
        here = self._here(deployed)
        await asyncio.to_thread(self._book.place, here.app, LOCAL)
        if here.database is not None and here.database_port is not None:
            await asyncio.to_thread(self._doors.lay, {here.app: here.database_port})
        return here

    def _here(self, deployed: Deployed) -> Deployed:
        database = None if deployed.database is None else self._doors.database(deployed.app)
        return replace(deployed, node=LOCAL, database=database, data=None)


def _report(status: AppStatus, used: Mapping[int, Usage]) -> AppReport:
    usage = used.get(status.pid) if status.pid is not None else None
    there = None if usage is None or status.pid is None else UsedThere(pid=status.pid, **asdict(usage))
    return AppReport(
        app=status.app,
        state=status.state,
        since=status.since,
        restarts=status.restarts or 0,
        ending=status.ending,
        draining=status.draining,
        used=there,
    )


def _stale(fence: int, heard: int) -> Conflict:
    return Conflict(
        "stale-fence",
        f"This was said under fence {fence}, and fence {heard} was heard since.",
        hint="It is asked again where it is still wanted.",
    )
