"""Runs releases of apps wherever they are placed: on this machine by its runtime, on others by asking theirs.

What this machine's switchboard leads to is the truth about which instance serves an app, on whichever machine that is.
Nodes are told again and again what they are to run, and follow.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from nacre.core.errors import Conflict, NacreError
from nacre.core.events import EventBus
from nacre.core.progress import say, unheard
from nacre.engines.host.processes import Usage
from nacre.gateway.switchboard import Switchboard
from nacre.nodes.machine import Machine
from nacre.nodes.nodes import Nodes
from nacre.runtime.afar.asking import UNREACHABLE, ask, follow_log, read_log
from nacre.runtime.afar.ledger import FarInstance
from nacre.runtime.afar.machines import Machines
from nacre.runtime.afar.messages import Done, ForgetRun, Prepare, RanOnce, Report, RunOnce, Start
from nacre.runtime.afar.placing import Placing
from nacre.runtime.afar.reports import Reports
from nacre.runtime.afar.roster import Roster
from nacre.runtime.afar.tending import TOLD_S, Tending
from nacre.runtime.afar.wires import NearWire
from nacre.runtime.book import Book
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.health import HEALTHY_WITHIN_S
from nacre.runtime.instance import Instance
from nacre.runtime.lodging import Lodging
from nacre.runtime.once import Ran
from nacre.runtime.runtime import Runtime
from nacre.runtime.status import AppStatus, Used

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_ASKED_AGAIN_FOR_S = 45.0
_ASK_AGAIN_S = 0.5
_FETCH_S = 900.0


class Fleet:
    """What publishing asks. Coroutines belong to the daemon's loop; `on_loop` runs them for worker threads."""

    def __init__(
        self, runtime: Runtime, book: Book, lodging: Lodging, board: Switchboard, nodes: Nodes, wire: NearWire,
        bus: EventBus, machines: Machines,
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._book = book
        self._lodging = lodging
        self._board = board
        self._nodes = nodes
        self._bus = bus
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._moves: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._roster = Roster(book, nodes, wire)
        self._reports = Reports()
        self._placing = Placing(book, nodes, self._reports)
        self._machines = machines
        self._tending = Tending(
            book,
            nodes,
            self._roster,
            self._reports,
            self._placing,
            self._prepare_again,
            self.move,
            machines,
            self._heard,
        )
        nodes.keeps(self.apps_on)
        nodes.hear(self.machine)

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the daemon's loop and wait for it; for worker threads."""
        return self._runtime.on_loop(work)

    async def prepare(self, deployed: Deployed) -> Instance | FarInstance:
        """As Runtime.prepare, on the node that the app is on. Raises also Unavailable "node-unreachable"."""
        node = await asyncio.to_thread(self._placing.place, deployed.app)
        return await self._prepare_on(node, deployed)

    async def switch(self, instance: Instance | FarInstance) -> None:
        """From now on requests reach this instance: one step on disk, and done also if we are killed right after.
        Those before it finish what they were asked, and end, wherever they are."""
        app = instance.deployed.app
        before = await asyncio.to_thread(self._roster.current, app)
        if isinstance(instance, FarInstance):
            await self._runtime.lead_away(app, instance.socket, instance.number)
            self._roster.preparing.discard(instance.number)
            self._bus.emit("app.switched", "nacre", None, None, {"app": app, "release": instance.deployed.release})
        else:
            await self._runtime.switch(instance)
        await asyncio.to_thread(self._book.move, app, instance.deployed.node)
        if before is not None and before.number != instance.number:
            self._roster.replace(before)
            if self._reports.is_lost(before.node):  # what may still run there reaches no database from now on
                await self._strike(before)
        if instance.deployed.node != LOCAL:
            with suppress(NacreError):
                await self._tending.tell(instance.deployed.node)
        self._tending.soon()

    async def drop(self, app: str, release: int) -> None:
        """End the instances of a release that was prepared and will not be switched to."""
        await self._runtime.drop(app, release)
        ledger = await asyncio.to_thread(self._roster.ledger_of, app)
        current = ledger.current(app)
        for one in ledger.of(app):
            if one.deployed.release == release and one != current and one.number not in self._roster.replaced_at:
                await self._strike(one)

    async def move(self, app: str, node: str) -> None:
        """Have it run there: healthy there before it ends where it is. One move of an app after the other, or what
        was asked last would be done while the one before is still on its way.

        Raises Conflict "app-has-files", "not-published", NotFound "node-not-found", Conflict "runs-no-apps", and as
        `prepare` does.
        """
        await asyncio.to_thread(self._placing.require_runs_apps, node)
        async with self._moves[app]:
            await self._move(app, node)

    async def run_once(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran:
        """As Runtime.run_once, on the node that the app is on."""
        node = await asyncio.to_thread(self._placing.place, deployed.app)
        if node == LOCAL:
            return await self._runtime.run_once(deployed, key, argv, timeout_s)
        there = replace(deployed, node=node)
        self._roster.running[deployed.app] = there
        try:
            await asyncio.to_thread(self._roster.lay)
            asked = RunOnce(deployed=there, key=key, argv=tuple(argv), timeout_s=timeout_s)
            ran = await self._ask_until_heard(node, "run", asked, RanOnce, timeout_s + _FETCH_S)
            return Ran(ran.exit_code, ran.log, ran.seconds)
        finally:
            self._roster.running.pop(deployed.app, None)
            await asyncio.to_thread(self._roster.lay)

    async def forget_run(self, deployed: Deployed, key: str) -> None:
        """Remove what is kept of a run, so that the key means a new one."""
        node = await asyncio.to_thread(self._placing.place, deployed.app)
        if node == LOCAL:
            await self._runtime.forget_run(deployed, key)
            return
        asked = ForgetRun(deployed=replace(deployed, node=node), key=key)
        await self._ask_until_heard(node, "forget", asked, Done, TOLD_S)

    async def stop(self, app: str) -> None:
        """Let it finish what it was asked, end it, and show a page that says that it is stopped."""
        if await asyncio.to_thread(self._roster.current, app) is None:
            await self._runtime.stop(app)
            return
        await self._runtime.shut(app)
        self._bus.emit("app.stopped", "nacre", None, None, {"app": app})
        self._tending.soon()

    async def start(self, app: str) -> None:
        """Start it again where it was stopped, or where it was moved meanwhile."""
        placement = await asyncio.to_thread(self._book.placement, app)
        current = await asyncio.to_thread(self._roster.current, app)
        deployed = await asyncio.to_thread(self._roster.deployed, app)
        if placement is None or deployed is None or (current is None and placement.node == LOCAL):
            await self._runtime.start(app)
        elif current is not None and current.node == placement.node:
            await self._start_there(current)
        else:
            await self.switch(await self._prepare_on(placement.node, deployed))

    async def remove(self, app: str) -> None:
        """End it and forget it, its logs included, wherever it is; a node that is lost does so when it is back."""
        await self._runtime.remove(app)
        await asyncio.to_thread(self._roster.lay)
        self._tending.soon()

    def status(self, app: str) -> AppStatus:
        """How it is; from any thread. Raises NotFound "app-not-running"."""
        known = self._runtime.status(app)
        current = self._roster.current(app)
        not_moved = self._tending.why_not_moved(app)
        if current is None:
            return replace(known, ending=known.ending or not_moved)
        heard = self._as_heard(known, current.node)
        return replace(
            heard,
            release=current.deployed.release,
            ending=heard.ending or not_moved,
            memory_mb=current.deployed.run.memory_mb,
            cpus=current.deployed.run.cpus,
        )

    def statuses(self) -> list[AppStatus]:
        """As `status`, of all apps at once."""
        numbers = {one.app: one.instance_id for one in self._book.placements()}
        known = self._runtime.statuses()
        return [one if one.node == LOCAL else self._status_there(one, numbers.get(one.app)) for one in known]

    def report(self, node: str) -> Report | None:
        """What a node said of itself last, as long as it is heard of; from any thread."""
        return self._reports.last(node)

    def machine(self, node: str) -> Machine | None:
        """How big and busy a node is, as long as it is heard of; from any thread."""
        return self._machines.last(node) if node == LOCAL or not self._reports.is_lost(node) else None

    def deployed(self) -> list[Deployed]:
        """The release of every app that is not stopped, whether it runs now or sleeps."""
        ledger = self._roster.ledger()
        running = [name for name, one in ledger.placements.items() if one.wanted == "running"]
        far = [ledger.current(app) for app in running]
        return [*self._runtime.deployed(), *(one.deployed for one in far if one is not None)]

    def log(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> bytes:
        """The last that a release has written, by default the one that serves. Blocks; for worker threads."""
        current = self._roster.current(app)
        if current is None:
            return self._runtime.log(app, release, tail_bytes)
        return read_log(current.node, self._roster.line(current.node), app, release, tail_bytes)

    def follow(self, app: str, release: int | None = None, tail_bytes: int = 64 << 10) -> None:
        """Pass on what it has written and writes (progress.say), until nobody listens. Blocks; for worker threads."""
        current = self._roster.current(app)
        if current is None:
            self._runtime.follow(app, release, tail_bytes)
            return
        with follow_log(current.node, self._roster.line(current.node), app, release, tail_bytes) as pieces:
            for piece in pieces:
                if unheard():
                    return
                say(piece)

    def line(self, node: str) -> Path:
        """The socket that leads to the agent of a node."""
        return self._roster.line(node)

    def apps_on(self, node: str) -> list[str]:
        return [one.app for one in self._book.placements() if one.node == node]

    def settle(self) -> None:
        """Before this machine's own are found again: where the switchboard leads is where an app is."""
        self._board.lay_out()
        lines = self._board.lines()
        for placement in self._book.placements():
            for number, deployed in self._book.instances(placement.app):
                far = deployed.node != LOCAL
                own = self._roster.line_to(placement.app, number) if far else None
                if lines.get(placement.app) == (own or self._lodging.socket(deployed, number)):
                    self._book.serve(placement.app, number)
                    if placement.wanted == "running":
                        self._book.move(placement.app, deployed.node)

    def resume(self) -> None:
        """Reach all nodes, and look after what they run from now on."""
        self._roster.lay()
        self.on_loop(self._resume())

    def close(self) -> None:
        self.on_loop(self._tending.close())

    async def _move(self, app: str, node: str) -> None:
        placement = await asyncio.to_thread(self._book.placement, app)
        deployed = await asyncio.to_thread(self._roster.deployed, app)
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

    async def _prepare_on(self, node: str, deployed: Deployed) -> Instance | FarInstance:
        there = replace(deployed, node=node)
        if node == LOCAL:
            return await self._runtime.prepare(there)
        async with self._locks[deployed.app]:
            instance = await asyncio.to_thread(self._roster.enter, there)
            self._roster.preparing.add(instance.number)
            await asyncio.to_thread(self._roster.lay)
            asked = Prepare(number=instance.number, deployed=there, within_s=HEALTHY_WITHIN_S)
            try:
                await self._ask_until_heard(node, "prepare", asked, Done, HEALTHY_WITHIN_S + _FETCH_S)
            except BaseException:
                if instance.number != await asyncio.to_thread(self._roster.number, deployed.app):
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
                return await asyncio.to_thread(ask, node, self._roster.line(node), what, asked, kind, fence, within_s)
            except NacreError as error:
                if error.code not in (UNREACHABLE, "stale-fence") or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _resume(self) -> None:
        ledger = await asyncio.to_thread(self._roster.ledger)
        for app, placement in ledger.placements.items():
            current = ledger.current(app)
            if current is not None and placement.wanted == "running":
                await self._runtime.lead_away(app, current.socket, current.number)
            for one in ledger.of(app):
                if current is not None and one.number < current.number:
                    self._roster.replace(one)
                elif one != current:
                    await self._strike(one)  # whoever had it prepared asks for another
        self._tending.start()

    async def _prepare_again(self, deployed: Deployed) -> None:
        if not self._locks[deployed.app].locked():
            with suppress(NacreError):
                await self._prepare_on(deployed.node, deployed)

    def _status_there(self, known: AppStatus, number: int | None) -> AppStatus:
        heard, run = self._as_heard(known, known.node), self._roster.limits(known.app, number)
        return heard if run is None else replace(heard, memory_mb=run.memory_mb, cpus=run.cpus)

    def _as_heard(self, known: AppStatus, node: str) -> AppStatus:
        """What its node said last of an app that is elsewhere."""
        stopped, lost = known.state == "stopped", self._reports.is_lost(node)
        there = None if lost else self._reports.of(node, known.app)
        return replace(
            known,
            state="stopped" if stopped else "failed" if lost else there.state if there else "starting",
            node=node,
            since=there.since if there else None,
            restarts=there.restarts if there else None,
            ending=there.ending if there else _lost(node) if lost and not stopped else "",
            draining=there.draining if there else 0,
            pid=None,
            used=self._used_there(node, known.app),
        )

    def _used_there(self, node: str, app: str) -> Used | None:
        report = self._reports.last(node)
        used = next((one.used for one in report.apps if one.app == app), None) if report else None
        if report is None or used is None:
            return None
        return Used((node, used.pid), report.at_s, Usage(used.cpu_s, used.memory_bytes, used.processes))

    def _heard(self, node: str, there: bool) -> None:
        self._bus.emit("node.heard" if there else "node.lost", "nacre", None, None, {"node": node})

    async def _strike(self, instance: FarInstance) -> None:
        await asyncio.to_thread(self._roster.strike, instance)
        self._tending.soon()


def _require_no_files(app: str, data: Path) -> None:
    if data.is_dir() and any(data.iterdir()):
        raise Conflict(
            "app-has-files",
            f"“{app}” keeps files in /data, which are on the machine of its database and stay there.",
            hint="Have it keep them in its database, or elsewhere; then move it.",
        )


def _lost(node: str) -> str:
    return f"the node {node} is not heard of"
