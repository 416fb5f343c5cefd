"""Runs releases of apps wherever they are placed: on this machine by its runtime, on others by asking theirs.

What this machine's switchboard leads to is the truth about which instance serves an app, on whichever machine that is.
Nodes are told again and again what they are to run, and follow.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel

from nacre.core.errors import Conflict, NacreError, Unavailable
from nacre.core.events import EventBus
from nacre.core.progress import say, unheard
from nacre.gateway.switchboard import Switchboard
from nacre.nodes.nodes import Nodes
from nacre.runtime.afar.asking import UNREACHABLE, ask, follow_log, read_log
from nacre.runtime.afar.ledger import FarInstance, Ledger, agent_line, choose, line_to
from nacre.runtime.afar.messages import AppReport, Done, ForgetRun, Prepare, RanOnce, Report, RunOnce, Start
from nacre.runtime.afar.wires import NearWire
from nacre.runtime.book import Book, Placement
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.health import HEALTHY_WITHIN_S
from nacre.runtime.instance import Instance
from nacre.runtime.lodging import Lodging
from nacre.runtime.once import Ran
from nacre.runtime.runtime import Runtime
from nacre.runtime.status import AppState, AppStatus

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger()
_TOLD_EVERY_S = 3.0
_TOLD_S = 8.0
_LOST_AFTER_S = 10.0
_ASKED_AGAIN_FOR_S = 45.0
_ASK_AGAIN_S = 0.5
_FETCH_S = 900.0
_LET_FINISH_MORE_S = 20.0
_MOVE_AGAIN_S = 30.0


class Fleet:
    """What publishing asks. Coroutines belong to the daemon's loop; `on_loop` runs them for worker threads."""

    def __init__(
        self, runtime: Runtime, book: Book, lodging: Lodging, board: Switchboard, nodes: Nodes, wire: NearWire,
        bus: EventBus,
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._book = book
        self._lodging = lodging
        self._board = board
        self._nodes = nodes
        self._wire = wire
        self._bus = bus
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._preparing: set[int] = set()
        self._running: dict[str, Deployed] = {}
        self._reports: dict[str, tuple[Report, float]] = {}
        self._replaced_at: dict[int, float] = {}
        self._not_moved: dict[str, tuple[str, float]] = {}
        self._telling: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._soon = asyncio.Event()
        self._tending: asyncio.Task[None] | None = None
        nodes.keeps(self.apps_on)

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the daemon's loop and wait for it; for worker threads."""
        return self._runtime.on_loop(work)

    async def prepare(self, deployed: Deployed) -> Instance | FarInstance:
        """As Runtime.prepare, on the node that the app is on. Raises also Unavailable "node-unreachable"."""
        node = await asyncio.to_thread(self._place, deployed.app)
        return await self._prepare_on(node, deployed)

    async def switch(self, instance: Instance | FarInstance) -> None:
        """From now on requests reach this instance: one step on disk, and done also if we are killed right after.
        Those before it finish what they were asked, and end, wherever they are."""
        app = instance.deployed.app
        before = await asyncio.to_thread(self._current, app)
        if isinstance(instance, FarInstance):
            await self._runtime.lead_away(app, instance.socket, instance.number)
            self._preparing.discard(instance.number)
            self._bus.emit("app.switched", "nacre", None, None, {"app": app, "release": instance.deployed.release})
        else:
            await self._runtime.switch(instance)
        await asyncio.to_thread(self._book.move, app, instance.deployed.node)
        if before is not None and before.number != instance.number:
            self._replaced_at[before.number] = time.monotonic()
            if self._is_lost(before.node):  # what may still run there reaches no database from now on
                await self._strike(before)
        if instance.deployed.node != LOCAL:
            with suppress(NacreError):
                await self._tell(instance.deployed.node)
        self._soon.set()

    async def drop(self, app: str, release: int) -> None:
        """End the instances of a release that was prepared and will not be switched to."""
        await self._runtime.drop(app, release)
        ledger = await asyncio.to_thread(self._ledger_of, app)
        current = ledger.current(app)
        for one in ledger.of(app):
            if one.deployed.release == release and one != current and one.number not in self._replaced_at:
                await self._strike(one)

    async def move(self, app: str, node: str) -> None:
        """Have it run there: healthy there before it ends where it is.

        Raises Conflict "app-has-files", "not-published", NotFound "node-not-found", Conflict "runs-no-apps", and as
        `prepare` does.
        """
        await asyncio.to_thread(self._require_runs_apps, node)
        placement = await asyncio.to_thread(self._book.placement, app)
        deployed = await asyncio.to_thread(self._deployed, app)
        if placement is None or deployed is None:
            raise Conflict("not-published", f"No release of “{app}” is live.", hint="`nacre publish` makes one.")
        if deployed.node == node:
            return
        if node != LOCAL and deployed.data is not None:
            await asyncio.to_thread(_require_no_files, app, deployed.data)
        if placement.wanted == "stopped":
            await asyncio.to_thread(self._book.move, app, node)
            return
        await self.switch(await self._prepare_on(node, deployed))

    async def run_once(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran:
        """As Runtime.run_once, on the node that the app is on."""
        node = await asyncio.to_thread(self._place, deployed.app)
        if node == LOCAL:
            return await self._runtime.run_once(deployed, key, argv, timeout_s)
        there = replace(deployed, node=node)
        self._running[deployed.app] = there
        try:
            await asyncio.to_thread(self._lay)
            asked = RunOnce(deployed=there, key=key, argv=tuple(argv), timeout_s=timeout_s)
            ran = await self._ask_until_heard(node, "run", asked, RanOnce, timeout_s + _FETCH_S)
            return Ran(ran.exit_code, ran.log, ran.seconds)
        finally:
            self._running.pop(deployed.app, None)
            await asyncio.to_thread(self._lay)

    async def forget_run(self, deployed: Deployed, key: str) -> None:
        """Remove what is kept of a run, so that the key means a new one."""
        node = await asyncio.to_thread(self._place, deployed.app)
        if node == LOCAL:
            await self._runtime.forget_run(deployed, key)
            return
        asked = ForgetRun(deployed=replace(deployed, node=node), key=key)
        await self._ask_until_heard(node, "forget", asked, Done, _TOLD_S)

    async def stop(self, app: str) -> None:
        """Let it finish what it was asked, end it, and show a page that says that it is stopped."""
        if await asyncio.to_thread(self._current, app) is None:
            await self._runtime.stop(app)
            return
        await self._runtime.shut(app)
        self._bus.emit("app.stopped", "nacre", None, None, {"app": app})
        self._soon.set()

    async def start(self, app: str) -> None:
        """Start it again where it was stopped, or where it was moved meanwhile."""
        placement = await asyncio.to_thread(self._book.placement, app)
        current = await asyncio.to_thread(self._current, app)
        deployed = await asyncio.to_thread(self._deployed, app)
        if placement is None or deployed is None or (current is None and placement.node == LOCAL):
            await self._runtime.start(app)
        elif current is not None and current.node == placement.node:
            await self._start_there(current)
        else:
            await self.switch(await self._prepare_on(placement.node, deployed))

    async def remove(self, app: str) -> None:
        """End it and forget it, its logs included, wherever it is; a node that is lost does so when it is back."""
        await self._runtime.remove(app)
        await asyncio.to_thread(self._lay)
        self._soon.set()

    def status(self, app: str) -> AppStatus:
        """How it is; from any thread. Raises NotFound "app-not-running"."""
        known = self._runtime.status(app)
        current = self._current(app)
        not_moved = self._not_moved.get(app, ("", 0.0))[0]
        if current is None:
            return replace(known, ending=known.ending or not_moved)
        stopped, lost = known.state == "stopped", self._is_lost(current.node)
        there = None if lost else self._heard(current.node, app)
        state: AppState = "stopped" if stopped else "failed" if lost else there.state if there else "starting"
        ending = there.ending if there else _lost(current.node) if lost and not stopped else ""
        return replace(
            known,
            state=state,
            release=current.deployed.release,
            node=current.node,
            since=there.since if there else None,
            restarts=there.restarts if there else 0,
            ending=ending or not_moved,
            draining=there.draining if there else 0,
            memory_mb=current.deployed.run.memory_mb,
            cpus=current.deployed.run.cpus,
        )

    def deployed(self) -> list[Deployed]:
        """The release of every app that is not stopped, whether it runs now or sleeps."""
        ledger = self._ledger()
        running = [name for name, one in ledger.placements.items() if one.wanted == "running"]
        far = [ledger.current(app) for app in running]
        return [*self._runtime.deployed(), *(one.deployed for one in far if one is not None)]

    def log(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> bytes:
        """The last that a release has written, by default the one that serves. Blocks; for worker threads."""
        current = self._current(app)
        if current is None:
            return self._runtime.log(app, release, tail_bytes)
        return read_log(current.node, self._line(current.node), app, release, tail_bytes)

    def follow(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> None:
        """Pass on what it has written and writes (progress.say), until nobody listens. Blocks; for worker threads."""
        current = self._current(app)
        if current is None:
            self._runtime.follow(app, release, tail_bytes)
            return
        with follow_log(current.node, self._line(current.node), app, release, tail_bytes) as pieces:
            for piece in pieces:
                if unheard():
                    return
                say(piece)

    def apps_on(self, node: str) -> list[str]:
        return [one.app for one in self._book.placements() if one.node == node]

    def settle(self) -> None:
        """Before this machine's own are found again: where the switchboard leads is where an app is."""
        self._board.lay_out()
        lines = self._board.lines()
        for placement in self._book.placements():
            for number, deployed in self._book.instances(placement.app):
                far = deployed.node != LOCAL
                own = line_to(self._wire.folder.path, placement.app, number) if far else None
                if lines.get(placement.app) == (own or self._lodging.socket(deployed, number)):
                    self._book.serve(placement.app, number)
                    if placement.wanted == "running":
                        self._book.move(placement.app, deployed.node)

    def resume(self) -> None:
        """Reach all nodes, and look after what they run from now on."""
        self._lay()
        self.on_loop(self._resume())

    def close(self) -> None:
        self.on_loop(self._close())

    async def _prepare_on(self, node: str, deployed: Deployed) -> Instance | FarInstance:
        there = replace(deployed, node=node)
        if node == LOCAL:
            return await self._runtime.prepare(there)
        async with self._locks[deployed.app]:
            instance = await asyncio.to_thread(self._enter, there)
            self._preparing.add(instance.number)
            await asyncio.to_thread(self._lay)
            asked = Prepare(number=instance.number, deployed=there, within_s=HEALTHY_WITHIN_S)
            try:
                await self._ask_until_heard(node, "prepare", asked, Done, HEALTHY_WITHIN_S + _FETCH_S)
            except BaseException:
                if instance.number != await asyncio.to_thread(self._number, deployed.app):
                    await asyncio.shield(self._strike(instance))
                raise
            return instance

    async def _start_there(self, current: FarInstance) -> None:
        await asyncio.to_thread(self._book.want, current.app, "running")
        await self._ask_until_heard(current.node, "start", Start(app=current.app), Done, HEALTHY_WITHIN_S + _FETCH_S)
        await self._runtime.lead_away(current.app, current.socket, current.number)
        self._bus.emit("app.started", "nacre", None, None, {"app": current.app})

    async def _ask_until_heard(self, node: str, what: str, asked: BaseModel, kind: type[M], within_s: float) -> M:
        """Asked again while nobody answers there: whatever is asked may be, and an answer that is lost is found."""
        deadline = time.monotonic() + _ASKED_AGAIN_FOR_S
        while True:
            try:
                fence = await asyncio.to_thread(self._nodes.next_fence, node)
                return await asyncio.to_thread(ask, node, self._line(node), what, asked, kind, fence, within_s)
            except NacreError as error:
                if error.code not in (UNREACHABLE, "stale-fence") or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _strike(self, instance: FarInstance) -> None:
        """It is no more, as far as this machine goes: nothing of it reaches its database from now on."""
        self._preparing.discard(instance.number)
        self._replaced_at.pop(instance.number, None)
        await asyncio.to_thread(self._book.strike, instance.number)
        await asyncio.to_thread(self._lay)
        self._soon.set()

    async def _resume(self) -> None:
        ledger = await asyncio.to_thread(self._ledger)
        for app, placement in ledger.placements.items():
            current = ledger.current(app)
            if current is not None and placement.wanted == "running":
                await self._runtime.lead_away(app, current.socket, current.number)
            for one in ledger.of(app):
                if current is not None and one.number < current.number:
                    self._replaced_at[one.number] = time.monotonic()
                elif one != current:
                    await self._strike(one)  # whoever had it prepared asks for another
        self._tending = asyncio.create_task(self._tend())

    async def _close(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)

    async def _tend(self) -> None:
        moving: asyncio.Task[None] | None = None
        telling: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._soon.clear()
                with suppress(NacreError, OSError):
                    await asyncio.to_thread(self._lay)
                for node in await asyncio.to_thread(self._nodes.reached):
                    if node.name not in telling or telling[node.name].done():
                        telling[node.name] = asyncio.create_task(self._guarded(self._tell(node.name)))
                if moving is None or moving.done():
                    moving = asyncio.create_task(self._guarded(self._move_off_draining()))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TOLD_EVERY_S):
                        await self._soon.wait()
        finally:
            tasks = [*telling.values(), *([moving] if moving else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # it is done again
            _log.exception("nodes not looked after")

    async def _tell(self, node: str) -> None:
        """What it is to run; what it answers is its sign of life. The fence is older than what it is told: whatever
        is begun meanwhile has a later one, and is not touched."""
        async with self._telling[node]:
            fence = await asyncio.to_thread(self._nodes.next_fence, node)
            wanted = (await asyncio.to_thread(self._ledger)).wanted(node)
            try:
                report = await asyncio.to_thread(ask, node, self._line(node), "want", wanted, Report, fence, _TOLD_S)
            except Unavailable:
                await self._forget_replaced(node, None)
                return
            self._reports[node] = (report, time.monotonic())
        await asyncio.to_thread(self._nodes.heard, node, report.version)
        await asyncio.to_thread(self._book.seen, node)
        await self._forget_replaced(node, report)
        await self._bring_back(node, report)

    async def _forget_replaced(self, node: str, report: Report | None) -> None:
        """Those that were replaced and have ended, or have had their time, or are lost with their node."""
        alive = report.instances if report else ()
        for one in (await asyncio.to_thread(self._ledger)).far:
            replaced_at = self._replaced_at.get(one.number)
            if one.node != node or replaced_at is None:
                continue
            over = time.monotonic() - replaced_at > one.deployed.run.drain_s + _LET_FINISH_MORE_S
            if over or (one.number not in alive if report else self._is_lost(node)):
                await self._strike(one)

    async def _bring_back(self, node: str, report: Report) -> None:
        """What is to serve there and is not there, since the node was set up anew, is prepared again."""
        ledger = await asyncio.to_thread(self._ledger)
        for app, placement in ledger.placements.items():
            current = ledger.current(app)
            if current is None or current.node != node or placement.wanted != "running":
                continue
            if current.number not in report.instances and not self._locks[app].locked():
                with suppress(NacreError):
                    await self._prepare_on(node, current.deployed)

    async def _move_off_draining(self) -> None:
        nodes = {one.name: one for one in await asyncio.to_thread(self._nodes.all)}
        takes = {name: self._takes_apps(one.roles, one.state, name) for name, one in nodes.items()}
        placements = await asyncio.to_thread(self._book.placements)
        for placement in placements:
            node = nodes.get(placement.node)
            if node is None or node.state != "draining":
                self._not_moved.pop(placement.app, None)
                continue
            tried_at = self._not_moved.get(placement.app, ("", float("-inf")))[1]
            target = choose(takes, placements)
            if target != placement.node and time.monotonic() - tried_at > _MOVE_AGAIN_S:
                await self._try_to_move(placement, target)

    async def _try_to_move(self, placement: Placement, target: str) -> None:
        app = placement.app
        try:
            await self.move(app, target)
            self._not_moved.pop(app, None)
            _log.info("app moved", app=app, off=placement.node, to=target)
        except NacreError as error:
            why = f"it is to leave {placement.node}, which drains, and could not be moved to {target}: {error.message}"
            self._not_moved[app] = (why, time.monotonic())
            _log.warning("app not moved", app=app, why=error.message)

    def _takes_apps(self, roles: list[Any], state: str, name: str) -> bool:
        return "runtime" in roles and state == "ready" and (name == LOCAL or not self._is_lost(name))

    def _is_lost(self, node: str) -> bool:
        return time.monotonic() - self._reports.get(node, (None, float("-inf")))[1] > _LOST_AFTER_S

    def _heard(self, node: str, app: str) -> AppReport | None:
        return next((one for one in self._reports[node][0].apps if one.app == app), None)

    def _require_runs_apps(self, node: str) -> None:
        known = self._nodes.get(node)
        if "runtime" not in known.roles or (node != LOCAL and known.address is None):
            raise Conflict(
                "runs-no-apps",
                f"The node {node} runs no apps, or never joined.",
                hint="`nacre node list` shows what each is for.",
            )

    def _place(self, app: str) -> str:
        """Where it is; chosen now if it is nowhere."""
        known = self._book.placement(app)
        if known is not None:
            return known.node
        nodes = {one.name: self._takes_apps(one.roles, one.state, one.name) for one in self._nodes.all()}
        return self._book.place(app, choose(nodes, self._book.placements())).node

    def _enter(self, deployed: Deployed) -> FarInstance:
        """The instance of exactly this that is there, or a new one."""
        self._book.place(deployed.app, deployed.node)
        known = self._ledger_of(deployed.app).of(deployed.app)
        found = [one for one in known if one.deployed == deployed and one.number not in self._replaced_at]
        number = found[-1].number if found else self._book.enter(deployed)
        return FarInstance(number, deployed, line_to(self._wire.folder.path, deployed.app, number))

    def _ledger(self) -> Ledger:
        return self._ledger_for(self._book.placements())

    def _ledger_of(self, app: str) -> Ledger:
        """As far as it is about one app: what is written of each release has to be unsealed."""
        placement = self._book.placement(app)
        return self._ledger_for([] if placement is None else [placement])

    def _ledger_for(self, placements: Sequence[Placement]) -> Ledger:
        far = tuple(
            FarInstance(number, deployed, line_to(self._wire.folder.path, deployed.app, number))
            for placement in placements
            for number, deployed in self._book.instances(placement.app)
            if deployed.node != LOCAL
        )
        return Ledger({one.app: one for one in placements}, far, frozenset(self._preparing))

    def _current(self, app: str) -> FarInstance | None:
        return self._ledger_of(app).current(app)

    def _number(self, app: str) -> int | None:
        placement = self._book.placement(app)
        return placement.instance_id if placement else None

    def _deployed(self, app: str) -> Deployed | None:
        """What serves or would, wherever."""
        return dict(self._book.instances(app)).get(self._number(app) or 0)

    def _lay(self) -> None:
        """Have the relay reach every node, and what runs there; without nodes there is none."""
        nodes = self._nodes.reached()
        if nodes:
            self._wire.keep()
            self._wire.folder.tell(self._ledger().plan(nodes, self._wire.folder.path, dict(self._running)))

    def _line(self, node: str) -> Path:
        return agent_line(self._wire.folder.path, node)


def _require_no_files(app: str, data: Path) -> None:
    if data.is_dir() and any(data.iterdir()):
        raise Conflict(
            "app-has-files",
            f"“{app}” keeps files in /data, which are on the machine of its database and stay there.",
            hint="Have it keep them in its database, or elsewhere; then move it.",
        )


def _lost(node: str) -> str:
    return f"the node {node} is not heard of"
