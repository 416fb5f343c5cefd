"""Tells nodes again and again what they are to run, hears how they are, and moves apps off those that drain."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from nacre.core.errors import NacreError, Unavailable
from nacre.nodes.nodes import DRAINING, Nodes
from nacre.runtime.afar.asking import ask
from nacre.runtime.afar.machines import Machines
from nacre.runtime.afar.messages import Report
from nacre.runtime.afar.placing import Placing, choose
from nacre.runtime.afar.reports import Reports
from nacre.runtime.afar.roster import Roster
from nacre.runtime.book import Book, Placement
from nacre.runtime.deployed import Deployed

TOLD_S = 8.0
_log = structlog.get_logger()
_TOLD_EVERY_S = 3.0
_LET_FINISH_MORE_S = 20.0
_MOVE_AGAIN_S = 30.0


class Tending:
    """Belongs to the daemon's loop. `prepare_again` has a release there as it was, unless that is being done; `move`
    takes an app to a node; `heard` is called when one is heard of for the first time or again, and when it is so no
    more. All three are the fleet's."""

    def __init__(
        self, book: Book, nodes: Nodes, roster: Roster, reports: Reports, placing: Placing,
        prepare_again: Callable[[Deployed], Awaitable[None]], move: Callable[[str, str], Awaitable[None]],
        machines: Machines, heard: Callable[[str, bool], None],
    ) -> None:  # fmt: skip
        self._book = book
        self._nodes = nodes
        self._roster = roster
        self._reports = reports
        self._placing = placing
        self._prepare_again = prepare_again
        self._move = move
        self._machines = machines
        self._heard = heard
        self._there: dict[str, bool] = {}
        self._not_moved: dict[str, tuple[str, float]] = {}
        self._telling: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._soon = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def soon(self) -> None:
        """Something changed that nodes are to be told of."""
        self._soon.set()

    def why_not_moved(self, app: str) -> str:
        """Of one that is to leave its node and could not; empty for all others. From any thread."""
        return self._not_moved.get(app, ("", 0.0))[0]

    async def tell(self, node: str) -> None:
        """What it is to run; what it answers is its sign of life. The fence is older than what it is told: whatever
        is begun meanwhile has a later one, and is not touched."""
        async with self._telling[node]:
            fence = await asyncio.to_thread(self._nodes.next_fence, node)
            wanted = (await asyncio.to_thread(self._roster.ledger)).wanted(node)
            line = self._roster.line(node)
            try:
                report = await asyncio.to_thread(ask, node, line, "want", wanted, Report, fence, TOLD_S)
            except Unavailable:
                self._note(node)
                await self._forget_replaced(node, None)
                return
            self._reports.hear(node, report)
            self._machines.hear(node, report.at_s, report.machine)
        await asyncio.to_thread(self._nodes.heard, node, report.version)
        await asyncio.to_thread(self._book.seen, node)
        self._note(node)
        await self._forget_replaced(node, report)
        await self._bring_back(node, report)

    async def _run(self) -> None:
        moving: asyncio.Task[None] | None = None
        telling: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._soon.clear()
                with suppress(NacreError, OSError):
                    await asyncio.to_thread(self._roster.lay)
                await asyncio.to_thread(self._machines.look)
                for node in await asyncio.to_thread(self._nodes.reached):
                    if node.name not in telling or telling[node.name].done():
                        telling[node.name] = asyncio.create_task(_guarded(self.tell(node.name)))
                if moving is None or moving.done():
                    moving = asyncio.create_task(_guarded(self._move_off_draining()))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TOLD_EVERY_S):
                        await self._soon.wait()
        finally:
            tasks = [*telling.values(), *([moving] if moving else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _note(self, node: str) -> None:
        there = not self._reports.is_lost(node)
        if there is not self._there.get(node):
            self._there[node] = there
            self._heard(node, there)

    async def _forget_replaced(self, node: str, report: Report | None) -> None:
        """Those that were replaced and have ended, or have had their time, or are lost with their node."""
        alive = report.instances if report else ()
        for one in (await asyncio.to_thread(self._roster.ledger)).far:
            replaced_at = self._roster.replaced_at.get(one.number)
            if one.node != node or replaced_at is None:
                continue
            over = time.monotonic() - replaced_at > one.deployed.run.drain_s + _LET_FINISH_MORE_S
            if over or (one.number not in alive if report else self._reports.is_lost(node)):
                await asyncio.to_thread(self._roster.strike, one)
                self.soon()

    async def _bring_back(self, node: str, report: Report) -> None:
        """What is to serve there and is not there, since the node was set up anew, is prepared again."""
        ledger = await asyncio.to_thread(self._roster.ledger)
        for app, placement in ledger.placements.items():
            current = ledger.current(app)
            if current is None or current.node != node or placement.wanted != "running":
                continue
            if current.number not in report.instances:
                await self._prepare_again(current.deployed)

    async def _move_off_draining(self) -> None:
        states = {node.name: node.state for node in await asyncio.to_thread(self._nodes.all)}
        takers = await asyncio.to_thread(self._placing.takers)
        placements = await asyncio.to_thread(self._book.placements)
        for placement in placements:
            if states.get(placement.node) not in DRAINING:
                self._not_moved.pop(placement.app, None)
                continue
            tried_at = self._not_moved.get(placement.app, ("", float("-inf")))[1]
            target = choose(takers, placements)
            if target != placement.node and time.monotonic() - tried_at > _MOVE_AGAIN_S:
                await self._try_to_move(placement, target)

    async def _try_to_move(self, placement: Placement, target: str) -> None:
        app = placement.app
        try:
            await self._move(app, target)
            self._not_moved.pop(app, None)
            _log.info("app moved", app=app, off=placement.node, to=target)
        except NacreError as error:
            why = f"it is to leave {placement.node}, which drains, and could not be moved to {target}: {error.message}"
            self._not_moved[app] = (why, time.monotonic())
            _log.warning("app not moved", app=app, why=error.message)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # it is done again
        _log.exception("nodes not looked after")
