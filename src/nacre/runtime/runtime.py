"""Runs releases of apps: started beside the one that serves, switched to in one step, the old one let finish."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from nacre.core.errors import Conflict, NacreError, NotFound, Unavailable
from nacre.core.events import EventBus
from nacre.engines.processes.identity import ended
from nacre.engines.processes.supervisor import State, Supervisor
from nacre.engines.processes.supervisor import Status as Kept
from nacre.engines.sandbox.driver import Driver
from nacre.gateway.switchboard import Switchboard
from nacre.runtime.book import Book
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.health import ask, wait_healthy
from nacre.runtime.instance import Instance
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.once import Once, Ran
from nacre.runtime.status import AppStatus, state_of
from nacre.runtime.waiting import WaitingRoom

_log = structlog.get_logger()
T = TypeVar("T")
HEALTHY_WITHIN_S = 30.0
_UP_AGAIN_S = 20.0
_PROBE_S = 10.0
_PROBE_EVERY_S = 30.0
_PROBES_FAILED = 3
_SETTLES_S = 1.0  # a request that was on its way when its app was switched has been dialled by then
_LOOK_EVERY_S = 0.25
_HEARTBEAT_S = 30.0


@dataclass
class _App:
    """What this daemon knows of one app; `lock` is held by whoever changes what runs."""

    name: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    current: Instance | None = None
    asleep: bool = False
    stopped: bool = False
    trouble: str = ""
    room: WaitingRoom | None = None
    guard: asyncio.Task[None] | None = None
    drains: dict[int, asyncio.Task[None]] = field(default_factory=dict)


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
        self._driver = driver
        self._prove = prove
        self._proven = False
        self._supervisor = supervisor
        self._bus = bus
        self._loop = loop
        self._logs = logs
        self._apps: dict[str, _App] = {}
        self._once = Once(lodging, driver)
        self._beating: asyncio.Task[None] | None = None

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the daemon's loop and wait for it; for worker threads."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def prepare(self, deployed: Deployed, within_s: float = HEALTHY_WITHIN_S) -> Instance:
        """Start this release beside whatever serves, and return once it is healthy; asked again it goes on with the
        instance that there is.

        Raises Failed "release-crashed", "port-not-opened", "release-silent", "release-unhealthy", "release-not-started"
        with the end of its log, what unpacking its image raises, Conflict "wrong-node", Unavailable "isolation-needed".
        Nothing is left of it then, and what serves was not touched.
        """
        app = self._app(deployed.app)
        async with app.lock:
            await self._require_here(deployed)
            if app.current is not None and app.current.deployed == deployed and self._runs(app.current):
                return app.current
            instance = await self._begun(app, deployed) or await self._new(deployed)
            try:
                if await instance.adopt() is None:
                    await instance.start()
                await wait_healthy(instance, within_s)
                await self._supervisor.start(instance)  # which finds it running
            except BaseException:
                await asyncio.shield(self._end(instance))
                raise
            return instance

    async def drop(self, app: str, release: int) -> None:
        """End the instances of a release that was prepared and will not be switched to."""
        known = self._app(app)
        async with known.lock:
            for number, deployed in await asyncio.to_thread(self._book.instances, app):
                if deployed.release == release and not self._is_current(known, number) and number not in known.drains:
                    await self._end(self._instance(number, deployed))

    async def switch(self, instance: Instance) -> None:
        """From now on requests reach this instance: one step on disk, and done also if we are killed right after."""
        app = self._app(instance.deployed.app)
        async with app.lock:
            before, app.current, app.asleep, app.stopped = app.current, instance, False, False
            app.trouble = ""
            await asyncio.to_thread(self._lead, app, instance)
            await asyncio.to_thread(self._book.want, app.name, "running")
            self._leave_room(app)
            self._watch(app)
            self._tell("app.switched", app, release=instance.deployed.release)
            if before is not None and before is not instance:
                self._drain(app, before)

    async def drain(self, app: str) -> None:
        """Wait until older instances have finished what they were asked, each at most its `drain_s`, and have ended."""
        await asyncio.gather(*self._app(app).drains.values(), return_exceptions=True)

    async def run_once(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran:
        """Run a command in the release's image, with its environment and limits, to its end.

        The same `key` is the same run: asked again it is found, running or done, also by a later daemon. Raises
        Failed "run-lost" when the machine went down under it, so that nobody knows how far it came, "run-too-long".
        """
        await self._require_here(deployed)
        return await self._once.run(deployed, key, argv, timeout_s)

    async def forget_run(self, deployed: Deployed, key: str) -> None:
        """Remove what is kept of a run, so that the key means a new one."""
        await self._once.forget(deployed, key)

    async def stop(self, app: str) -> None:
        """Let it finish what it was asked, end it, and show a page that says that it is stopped."""
        known = self._app(app)
        async with known.lock:
            self._require_placed(await asyncio.to_thread(self._book.placement, app), app)
            await asyncio.to_thread(self._book.want, app, "stopped")
            await asyncio.to_thread(self._close, known)
            await self._put_down(known)
            await self._clear_room(known)
            known.asleep, known.stopped = False, True
        self._tell("app.stopped", known)

    async def start(self, app: str) -> None:
        """Start it again where it was stopped. Raises as `prepare` does; NotFound when nothing was ever switched to."""
        known = self._app(app)
        async with known.lock:
            instance = known.current or await self._remembered(known)
            if instance is None:
                raise NotFound(
                    "app-not-running", f"Nothing of “{app}” was ever published.", hint="`nacre publish` does it."
                )
            await asyncio.to_thread(self._book.want, app, "running")
            await self._bring_up(known, instance)
        self._tell("app.started", known)

    async def sleep(self, app: str) -> None:
        """End it until somebody asks for it."""
        known = self._app(app)
        async with known.lock:
            if known.current is None or known.asleep:
                return
            known.asleep = True
            await self._open_room(known)
            await self._put_down(known)
        self._tell("app.asleep", known)

    async def wake(self, app: str) -> bool:
        """Bring it up if it sleeps; whether it did. Raises as `prepare` does."""
        known = self._app(app)
        async with known.lock:
            if not known.asleep or known.current is None:
                return False
            await self._bring_up(known, known.current)
            return True

    async def remove(self, app: str) -> None:
        """End it and forget it, its logs included. Data and images are others' to remove."""
        known = self._app(app)
        async with known.lock:
            await asyncio.to_thread(self._board.switch, {app: None})
            await self._put_down(known)
            await self._clear_room(known)
            for task in known.drains.values():
                task.cancel()
            await asyncio.gather(*known.drains.values(), return_exceptions=True)
            for number, deployed in await asyncio.to_thread(self._book.instances, app):
                await self._end(self._instance(number, deployed))
            await asyncio.to_thread(self._book.remove, app)
            await asyncio.to_thread(self._lodging.remove_app, app)
            await asyncio.to_thread(self._logs.remove, app)
            self._apps.pop(app, None)

    def status(self, app: str) -> AppStatus:
        """How it is; from any thread. Raises NotFound "app-not-running" when nothing of it was ever switched to."""
        placement = self._require_placed(self._book.placement(app), app)
        known = self._apps.get(app)
        current = known.current if known else None
        kept = self._kept(current) if current else None
        return AppStatus(
            app=app,
            state=state_of(placement.wanted == "stopped", known is not None and known.asleep, kept),
            release=current.deployed.release if current else None,
            node=placement.node,
            since=kept.since if kept else None,
            restarts=kept.restarts if kept else 0,
            ending=(kept.last_ending if kept else "") or (known.trouble if known else ""),
            draining=len(known.drains) if known else 0,
            memory_mb=current.deployed.run.memory_mb if current else None,
            cpus=current.deployed.run.cpus if current else None,
            seen_at=placement.seen_at,
        )

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
                try:
                    await self._find_again(self._app(placement.app), placement.wanted == "stopped")
                except Exception:  # the others are still to be found
                    _log.exception("app not found again", app=placement.app)
        self._beating = asyncio.create_task(self._beat())

    async def _find_again(self, app: _App, stopped: bool) -> None:
        async with app.lock:
            app.current, app.stopped = await self._remembered(app), stopped
            for number, deployed in await asyncio.to_thread(self._book.instances, app.name):
                if not self._is_current(app, number):
                    await self._find_older(app, self._instance(number, deployed))
            if app.current is None or stopped:
                return
            line = await asyncio.to_thread(self._board.line, app.name)
            if await app.current.adopt() is not None:
                await self._supervisor.start(app.current)
                await asyncio.to_thread(self._lead, app, app.current)
                self._watch(app)
                return
            await self._open_room(app)
            app.asleep = app.current.deployed.run.idle_minutes is not None and line == self._room_of(app.name)
            if not app.asleep:
                self._supervisor.keep(app.current)
                self._watch(app)

    async def _find_older(self, app: _App, instance: Instance) -> None:
        """One that was replaced goes on being drained; one that was being prepared is asked for again, or dropped, by
        whoever had it prepared."""
        if app.current is None or instance.number > app.current.number:
            return
        if await instance.adopt() is None:
            await self._end(instance)
            return
        await self._supervisor.start(instance)
        self._drain(app, instance)

    async def _remembered(self, app: _App) -> Instance | None:
        """The instance that the switchboard leads to, or that was written down where it leads to none."""
        line = await asyncio.to_thread(self._board.line, app.name)
        placement = await asyncio.to_thread(self._book.placement, app.name)
        found = [self._instance(*one) for one in await asyncio.to_thread(self._book.instances, app.name)]
        led = next((one for one in found if one.socket == line), None)
        if led is not None:
            await asyncio.to_thread(self._book.serve, app.name, led.number)
            return led
        written = placement.instance_id if placement else None
        return next((one for one in found if one.number == written), None)

    async def _begun(self, app: _App, deployed: Deployed) -> Instance | None:
        """An instance of exactly this that was begun before, and is not what serves."""
        for number, other in reversed(await asyncio.to_thread(self._book.instances, app.name)):
            instance = self._instance(number, other)
            if other == deployed and not self._is_current(app, number) and number not in app.drains:
                if self._kept(instance) is not None:
                    await self._supervisor.release(instance.name)
                return instance
        return None

    async def _new(self, deployed: Deployed) -> Instance:
        return self._instance(await asyncio.to_thread(self._book.enter, deployed), deployed)

    async def _bring_up(self, app: _App, instance: Instance) -> None:
        if not self._runs(instance):
            if self._kept(instance) is not None:
                await self._supervisor.stop(instance.name)
            try:
                if await instance.adopt() is None:
                    await instance.start()
                await wait_healthy(instance, HEALTHY_WITHIN_S)
            except BaseException:
                await asyncio.shield(instance.stop())
                raise
            await self._supervisor.start(instance)
        app.current, app.asleep, app.stopped = instance, False, False
        await asyncio.to_thread(self._lead, app, instance)
        self._leave_room(app)
        self._watch(app)

    async def _put_down(self, app: _App) -> None:
        """End the current instance once it has finished what it was asked; nothing leads to it any more."""
        self._unwatch(app)
        instance = app.current
        if instance is not None and self._kept(instance) is not None:
            await self._let_finish(instance)
            await self._supervisor.stop(instance.name)

    def _drain(self, app: _App, instance: Instance) -> None:
        async def drain() -> None:
            try:
                await self._let_finish(instance)  # cut off here, the next daemon goes on
            except OSError:
                _log.exception("app not drained", app=app.name)
            await asyncio.shield(self._end(instance))

        task = app.drains[instance.number] = asyncio.create_task(drain())
        task.add_done_callback(lambda _: app.drains.pop(instance.number, None))

    async def _let_finish(self, instance: Instance) -> None:
        """Until nobody is connected to it, at most as long as the release asks for. The gateway keeps idle connections
        for some seconds, which are waited for, too."""
        deadline = time.monotonic() + instance.deployed.run.drain_s
        await asyncio.sleep(min(_SETTLES_S, instance.deployed.run.drain_s))
        while await instance.connected() and time.monotonic() < deadline:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _end(self, instance: Instance) -> None:
        """Stop it and strike it out; its log stays with its release."""
        if self._kept(instance) is not None:
            await self._supervisor.stop(instance.name)
        else:
            await instance.adopt()
            await instance.stop()
        await asyncio.to_thread(self._lodging.remove, instance.deployed.app, str(instance.number))
        await asyncio.to_thread(self._book.strike, instance.number)

    def _lead(self, app: _App, instance: Instance) -> None:
        self._board.switch({app.name: instance.socket})
        self._book.serve(app.name, instance.number)
        (self._lodging.app_folder(app.name) / "stopped").unlink(missing_ok=True)

    def _close(self, app: _App) -> None:
        self._lodging.make_app(app.name)
        (self._lodging.app_folder(app.name) / "stopped").touch(mode=0o644)
        self._board.switch({app.name: None})

    async def _open_room(self, app: _App) -> None:
        """Whoever comes from now on waits until it is up."""
        if app.room is None:
            await asyncio.to_thread(self._lodging.make_app, app.name)
            app.room = WaitingRoom(self._room_of(app.name), lambda: self._come_up(app))
        await app.room.open()
        await asyncio.to_thread(self._board.switch, {app.name: app.room.path})

    async def _clear_room(self, app: _App) -> None:
        if app.room is not None:
            await app.room.clear()

    def _leave_room(self, app: _App) -> None:
        """Nothing leads to it any more; a request that is on its way there is still let in."""
        if app.room is not None:
            self._loop.call_later(_SETTLES_S, self._close_room, app, app.room)

    def _close_room(self, app: _App, room: WaitingRoom) -> None:
        if app.current is not None and not app.asleep and self._runs(app.current):
            room.close()

    def _room_of(self, app: str) -> Any:
        return self._lodging.app_folder(app) / "wait.sock"

    async def _come_up(self, app: _App) -> Any:
        """For who waits: the socket of the app, once it is up."""
        try:
            if await self.wake(app.name) and app.current is not None:
                return app.current.socket
        except NacreError as error:
            app.trouble = error.message
            raise
        deadline = time.monotonic() + _UP_AGAIN_S
        while True:
            if app.current is not None and self._runs(app.current) and await ask(app.current, _UP_AGAIN_S) is not None:
                return app.current.socket
            if time.monotonic() > deadline or app.current is None:
                raise Unavailable("app-not-up", f"“{app.name}” did not come up.")
            await asyncio.sleep(_LOOK_EVERY_S)

    def _watch(self, app: _App) -> None:
        self._unwatch(app)
        app.guard = asyncio.create_task(self._guard(app))

    def _unwatch(self, app: _App) -> None:
        if app.guard is not None and app.guard is not asyncio.current_task():
            app.guard.cancel()
        app.guard = None

    async def _guard(self, app: _App) -> None:
        """Have requests wait while it is being started again, start it again when it hangs, let it sleep when idle."""
        instance = app.current
        assert instance is not None
        failed, used_at, served = 0, time.monotonic(), -1
        while app.current is instance:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_tick_s(instance)):
                    if instance.identity is not None and self._runs(instance):
                        await ended(instance.identity)
            if not self._runs(instance) or instance.identity is None:
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
            if failed >= _PROBES_FAILED and self._runs(instance):
                await self._start_anew(app, instance)
                failed, used_at = 0, time.monotonic()
            idle = instance.deployed.run.idle_minutes
            if idle is not None and time.monotonic() - used_at > idle * 60:
                asyncio.create_task(self.sleep(app.name)).add_done_callback(_told)
                return

    async def _start_anew(self, app: _App, instance: Instance) -> None:
        """It hangs: whoever comes from now on waits for the next run of it."""
        _log.warning("app hangs", app=app.name, release=instance.deployed.release)
        await self._open_room(app)
        app.trouble = "it did not answer any more, and was started anew"
        try:
            await self._supervisor.restart(instance.name)
        except (NacreError, OSError):
            self._supervisor.keep(instance)
        await self._wait_up_again(app, instance)

    async def _wait_up_again(self, app: _App, instance: Instance) -> None:
        """Requests wait in the meantime; they are not kept from seeing that it was given up."""
        if self._kept(instance) is None:
            await asyncio.sleep(_LOOK_EVERY_S)
            return
        await self._open_room(app)
        while app.current is instance and not await self._serves(instance):
            kept = self._kept(instance)
            if kept is not None and kept.state is State.GIVEN_UP and app.room is not None:
                await app.room.clear()
            await asyncio.sleep(_LOOK_EVERY_S)
        if app.current is instance:
            await asyncio.to_thread(self._lead, app, instance)
            self._leave_room(app)

    async def _serves(self, instance: Instance) -> bool:
        return self._runs(instance) and await ask(instance, _PROBE_S) is not None

    async def _beat(self) -> None:
        while True:
            await asyncio.to_thread(self._book.seen, LOCAL)
            await asyncio.sleep(_HEARTBEAT_S)

    async def _close_all(self) -> None:
        tasks = [self._beating] if self._beating else []
        for app in self._apps.values():
            tasks += [task for task in (app.guard, *app.drains.values()) if task]
            if app.room is not None:
                await app.room.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _require_here(self, deployed: Deployed) -> None:
        await self._require_isolation()
        placement = await asyncio.to_thread(self._book.place, deployed.app, deployed.node)
        if LOCAL not in (placement.node,) or deployed.node != LOCAL:
            raise Conflict(
                "wrong-node",
                f"“{deployed.app}” is placed on the node {placement.node}, and only this machine runs apps.",
                hint="Publish it without naming a node.",
            )

    async def _require_isolation(self) -> None:
        """Tried out once, by attacks; raises Unavailable "isolation-not-proven" or "isolation-broken"."""
        if self._proven:
            return
        refusal = await asyncio.to_thread(self._driver.refusal)
        if refusal:
            raise Unavailable(
                "isolation-not-proven",
                f"Nothing is run here, because it could not be kept apart: {refusal}",
                hint="`nacre doctor` shows what is missing.",
            )
        await self._prove()
        self._proven = True

    def _require_placed(self, placement: Any, app: str) -> Any:
        if placement is None:
            raise NotFound(
                "app-not-running", f"Nothing of “{app}” was ever published.", hint="`nacre publish` does it."
            )
        return placement

    def _where(self, app: str, release: int | None) -> tuple[int, Any]:
        """The release, and the folder of its sandbox if it has one."""
        current = self.current(app)
        number = release if release is not None else current.release if current else None
        if number is None:
            raise NotFound(
                "app-not-running", f"Nothing of “{app}” was ever published.", hint="`nacre publish` does it."
            )
        found = [one for one, deployed in self._book.instances(app) if deployed.release == number]
        return number, self._lodging.folder(app, str(found[-1])) if found else None

    def _app(self, name: str) -> _App:
        return self._apps.setdefault(name, _App(name))

    def _instance(self, number: int, deployed: Deployed) -> Instance:
        known = self._app(deployed.app).current
        if known is not None and known.number == number:
            return known
        return Instance(number, deployed, self._lodging, self._driver, self._logs.of(deployed.app, deployed.release))

    def _is_current(self, app: _App, number: int) -> bool:
        return app.current is not None and app.current.number == number

    def _runs(self, instance: Instance) -> bool:
        kept = self._kept(instance)
        return kept is not None and kept.state is State.RUNNING

    def _kept(self, instance: Instance) -> Kept | None:
        try:
            return self._supervisor.status(instance.name)
        except NotFound:
            return None

    def _tell(self, type_: str, app: _App, **more: Any) -> None:
        self._bus.emit(type_, "nacre", None, None, {"app": app.name, **more})


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
