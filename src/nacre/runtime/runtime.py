"""Runs releases of apps: started beside the one that serves, switched to in one step, the old one let finish."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import structlog

from nacre.core.errors import NotFound
from nacre.core.events import EventBus
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.sandbox.driver import Driver
from nacre.gateway.switchboard import Switchboard
from nacre.runtime.app import App
from nacre.runtime.book import Book, Placement
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.draining import drain
from nacre.runtime.entrance import Entrance
from nacre.runtime.finding import Finding
from nacre.runtime.health import HEALTHY_WITHIN_S
from nacre.runtime.here import Here
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.once import Once, Ran
from nacre.runtime.preparing import Preparing
from nacre.runtime.serving import Serving
from nacre.runtime.status import AppStatus, status_of
from nacre.runtime.waking import socket_once_up
from nacre.runtime.watch import Watch

_log = structlog.get_logger()
T = TypeVar("T")
_HEARTBEAT_S = 30.0


class Runtime:
    """Coroutines belong to the daemon's loop; `on_loop` runs them for worker threads.

    What the switchboard leads to is the truth about which instance serves: it is changed in one step, and everything
    else follows it.
    """

    def __init__(
        self,
        book: Book,
        lodging: Lodging,
        board: Switchboard,
        driver: Driver,
        prove: Callable[[], Awaitable[None]],
        supervisor: Supervisor,
        bus: EventBus,
        loop: asyncio.AbstractEventLoop,
        logs: Logs,
    ) -> None:
        self._book = book
        self._lodging = lodging
        self._board = board
        self._bus = bus
        self._loop = loop
        self._logs = logs
        self._apps: dict[str, App] = {}
        self._beating: asyncio.Task[None] | None = None
        self._here = Here(book, driver, prove)
        self._once = Once(lodging, driver)
        self._supervisor = supervisor
        self._instances = Instances(book, lodging, driver, supervisor, logs)
        self._preparing = Preparing(self._instances, supervisor)
        self._entrance = Entrance(board, book, lodging, self._instances, self._woken)
        self._watch = Watch(self._instances, supervisor, self._entrance, self.sleep)
        self._serving = Serving(self._instances, supervisor, self._entrance, self._watch)
        self._finding = Finding(book, board, self._instances, supervisor, self._entrance, self._watch)

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the daemon's loop and wait for it; for worker threads."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def prepare(
        self, deployed: Deployed, within_s: float = HEALTHY_WITHIN_S, number: int | None = None
    ) -> Instance:
        """Start this release beside whatever serves, and return once it is healthy; asked again it goes on with the
        instance that there is.

        Raises Failed "release-crashed", "port-not-opened", "release-silent", "release-unhealthy", "release-not-started"
        with the end of its log, what unpacking its image raises, Conflict "wrong-node", Unavailable
        "isolation-not-proven" or "isolation-broken". Nothing is left of it then, and what serves was not touched.
        """
        app = self._app(deployed.app)
        async with app.lock:
            await self._here.require(deployed)
            return await self._preparing.prepare(app, deployed, within_s, number)

    async def drop(self, app: str, release: int) -> None:
        """End the instances of a release that was prepared and will not be switched to."""
        known = self._app(app)
        async with known.lock:
            await self._preparing.drop(known, release)

    async def keep(self, app: str, numbers: Collection[int]) -> None:
        """End what was prepared of it and is none of these."""
        known = self._app(app)
        async with known.lock:
            await self._preparing.keep(known, numbers)

    async def instance(self, app: str, number: int) -> Instance | None:
        """The one of this number on this machine."""
        return next((one for one in await self._instances.of(self._app(app)) if one.number == number), None)

    async def lead_away(self, app: str, socket: Path, number: int) -> None:
        """From now on requests reach an instance elsewhere, by this socket; those here finish what they were asked,
        and end."""
        known = self._app(app)
        async with known.lock:
            self._watch.end(known)
            await self._entrance.lead_away(known, socket, number)
            await asyncio.to_thread(self._book.want, app, "running")
            known.current, known.asleep, known.stopped, known.trouble = None, False, False, ""
            if known.room is not None:
                known.room.close()
            for instance in await self._instances.of(known):
                if instance.number not in known.drains:
                    if self._instances.kept(instance) is None and await instance.adopt() is not None:
                        await self._supervisor.start(instance)
                    drain(known, instance, self._instances.end)

    async def shut(self, app: str) -> None:
        """Show a page that says that it is stopped, wherever it ran."""
        await asyncio.to_thread(self._book.want, app, "stopped")
        await self._entrance.shut(self._app(app))

    async def switch(self, instance: Instance) -> None:
        """From now on requests reach this instance: one step on disk, and done also if we are killed right after."""
        app = self._app(instance.deployed.app)
        async with app.lock:
            before, app.trouble = app.current, ""
            await self._serving.serve(app, instance)
            await asyncio.to_thread(self._book.want, app.name, "running")
            self._tell("app.switched", app, release=instance.deployed.release)
            if before is not None and before is not instance:
                drain(app, before, self._instances.end)

    async def drain(self, app: str) -> None:
        """Wait until older instances have finished what they were asked, each at most its `drain_s`, and have ended."""
        await asyncio.gather(*self._app(app).drains.values(), return_exceptions=True)

    async def run_once(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran:
        """Run a command in the release's image, with its environment and limits, to its end.

        The same `key` is the same run: asked again it is found, running or done, also by a later daemon. Raises
        Failed "run-lost" when the machine went down under it, so that nobody knows how far it came, "run-too-long".
        """
        await self._here.require(deployed)
        return await self._once.run(deployed, key, argv, timeout_s)

    async def forget_run(self, deployed: Deployed, key: str) -> None:
        """Remove what is kept of a run, so that the key means a new one."""
        await self._once.forget(deployed, key)

    async def stop(self, app: str) -> None:
        """Let it finish what it was asked, end it, and show a page that says that it is stopped."""
        known = self._app(app)
        async with known.lock:
            if await asyncio.to_thread(self._book.placement, app) is None:
                raise _never_published(app)
            await asyncio.to_thread(self._book.want, app, "stopped")
            await self._entrance.shut(known)
            await self._serving.put_down(known)
            await known.send_away()
            known.asleep, known.stopped = False, True
        self._tell("app.stopped", known)

    async def start(self, app: str) -> None:
        """Start it again where it was stopped. Raises as `prepare` does; NotFound when nothing was ever switched to."""
        known = self._app(app)
        async with known.lock:
            instance = known.current or await self._finding.remembered(known)
            if instance is None:
                raise _never_published(app)
            await asyncio.to_thread(self._book.want, app, "running")
            await self._serving.bring_up(known, instance)
        self._tell("app.started", known)

    async def sleep(self, app: str) -> None:
        """End it until somebody asks for it."""
        known = self._app(app)
        async with known.lock:
            if known.current is None or known.asleep:
                return
            known.asleep = True
            await self._entrance.lead_to_room(known)
            await self._serving.put_down(known)
        self._tell("app.asleep", known)

    async def wake(self, app: str) -> bool:
        """Bring it up if it sleeps; whether it did. Raises as `prepare` does."""
        known = self._app(app)
        async with known.lock:
            if not known.asleep or known.current is None:
                return False
            await self._serving.bring_up(known, known.current)
            return True

    async def remove(self, app: str) -> None:
        """End it and forget it, its logs included. Data and images are others' to remove."""
        known = self._app(app)
        async with known.lock:
            await asyncio.to_thread(self._board.switch, {app: None})
            await self._serving.put_down(known)
            await known.send_away()
            for task in known.drains.values():
                task.cancel()
            await asyncio.gather(*known.drains.values(), return_exceptions=True)
            for instance in await self._instances.of(known):
                await self._instances.end(instance)
            await asyncio.to_thread(self._book.remove, app)
            await asyncio.to_thread(self._lodging.remove_app, app)
            await asyncio.to_thread(self._logs.remove, app)
            self._apps.pop(app, None)

    def status(self, app: str) -> AppStatus:
        """How it is; from any thread. Raises NotFound "app-not-running" when nothing of it was ever switched to."""
        placement = self._book.placement(app)
        if placement is None:
            raise _never_published(app)
        return self._status(placement)

    def statuses(self) -> list[AppStatus]:
        """As `status`, of all apps at once."""
        return [self._status(placement) for placement in self._book.placements()]

    def current(self, app: str) -> Deployed | None:
        """The release that serves, or would if it were not stopped or asleep; from any thread."""
        known = self._apps.get(app)
        return known.current.deployed if known and known.current else None

    def deployed(self) -> list[Deployed]:
        """The release of every app that is not stopped, whether it runs now or sleeps."""
        found = [(app.current, app.stopped) for app in [*self._apps.values()]]
        return [instance.deployed for instance, stopped in found if instance is not None and not stopped]

    def log(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> bytes:
        """The last that a release has written, by default the one that serves. Blocks; for worker threads."""
        number, folder = self._where(app, release)
        return self._logs.of(app, number).read(folder, tail_bytes)

    def follow(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> None:
        """Pass on what it has written and writes (progress.say), until nobody listens. Blocks; for worker threads."""
        number, folder = self._where(app, release)
        if folder is not None:
            self._logs.of(app, number).follow(folder, tail_bytes)

    def resume(self) -> None:
        """Find again what ran when the last daemon ended, start what should run, and look after all from now on."""
        self._board.lay_out()
        self.on_loop(self._resume())

    def close(self) -> None:
        """Stop looking after them; what runs is the supervisor's to stop."""
        self.on_loop(self._close_all())

    async def _resume(self) -> None:
        for placement in await asyncio.to_thread(self._book.placements):
            if placement.node == LOCAL:
                app = self._app(placement.app)
                try:
                    async with app.lock:
                        await self._finding.find_again(app, placement.wanted == "stopped")
                except Exception:  # the others are still to be found
                    _log.exception("app not found again", app=app.name)
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.to_thread(self._book.seen, LOCAL)
            await asyncio.sleep(_HEARTBEAT_S)

    async def _close_all(self) -> None:
        tasks = [self._beating] if self._beating else []
        for app in self._apps.values():
            tasks += [task for task in (app.guard, *app.drains.values()) if task]
            await app.send_away()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _woken(self, app: App) -> Path:
        """For who waits for it."""
        return await socket_once_up(app, self._instances, self.wake)

    def _status(self, placement: Placement) -> AppStatus:
        known = self._apps.get(placement.app)
        current = known.current if known else None
        return status_of(placement, known, self._instances.kept(current) if current else None)

    def _where(self, app: str, release: int | None) -> tuple[int, Path | None]:
        """The release, and the folder of its sandbox if it has one."""
        current = self.current(app)
        number = release if release is not None else current.release if current else None
        if number is None:
            raise _never_published(app)
        found = [one for one, deployed in self._book.instances(app) if deployed.release == number]
        return number, self._lodging.folder(app, str(found[-1])) if found else None

    def _app(self, name: str) -> App:
        return self._apps.setdefault(name, App(name))

    def _tell(self, type_: str, app: App, **more: Any) -> None:
        self._bus.emit(type_, "nacre", None, None, {"app": app.name, **more})


def _never_published(app: str) -> NotFound:
    return NotFound("app-not-running", f"Nothing of “{app}” was ever published.", hint="`nacre publish` does it.")
