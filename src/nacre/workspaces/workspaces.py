"""Workspaces as they live: started on use, stopped when nobody uses them, found again after a restart."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog

from nacre.branches.catalog import Branch, Catalog
from nacre.core.errors import Conflict, NacreError, NotFound, Unavailable
from nacre.core.events import EventBus
from nacre.core.names import MAIN, Ref
from nacre.engines.processes.supervisor import State, Status, Supervisor
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.traffic import has_connections
from nacre.workspaces.book import Book, Workspace
from nacre.workspaces.lodger import Lodger
from nacre.workspaces.lodging import Lodging
from nacre.workspaces.residents import Residents
from nacre.workspaces.uses import Uses

_log = structlog.get_logger()
T = TypeVar("T")
_LOOK_EVERY_S = 15.0


@dataclass
class _Room:
    """What this daemon knows of one workspace; `lock` is held by whoever starts or stops it."""

    workspace: Workspace
    branch: Branch
    lodger: Lodger
    inside: Inside
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class Running:
    """`pid` is of its first process, as the machine numbers it; `disk_bytes` None before its files were measured."""

    person: str
    ref: Ref
    pid: int
    disk_bytes: int | None


class Workspaces:
    """Coroutines belong to the daemon's loop; `on_loop` runs them for worker threads."""

    def __init__(
        self,
        book: Book,
        catalog: Catalog,
        lodging: Lodging,
        driver: Driver,
        prove: Callable[[], Awaitable[None]],
        supervisor: Supervisor,
        bus: EventBus,
        loop: asyncio.AbstractEventLoop,
        residents: Residents,
        idle_after_s: float,
    ) -> None:
        self.driver = driver
        self._prove = prove
        self.idle_after_s = idle_after_s
        self._book = book
        self._catalog = catalog
        self._lodging = lodging
        self._supervisor = supervisor
        self._bus = bus
        self._loop = loop
        self._residents = residents
        self._uses = Uses()
        self._rooms: dict[tuple[str, Ref], _Room] = {}
        self._proven = False
        self._watching: asyncio.Task[None] | None = None

    async def inside(self, person: str, ref: Ref) -> Inside:
        """The person's workspace on the branch, started if it does not run; counts as a use of it.

        Raises NotFound (also for a person who may not sign in), Conflict "branch-not-ready", Unavailable
        "isolation-not-proven" or "isolation-broken", Failed with the reason when it does not come up.
        """
        room = self._rooms.get((person, ref))
        if room is None or not self._runs(room):
            room = await self._start(person, ref)
        self._uses.touch(room.workspace.id)
        return room.inside

    async def running(self, person: str, ref: Ref) -> Inside | None:
        """The workspace if it runs now; neither starts it nor counts as a use."""
        room = self._rooms.get((person, ref))
        return room.inside if room is not None and self._runs(room) else None

    async def stop(self, person: str, ref: Ref, why: str) -> None:
        """Stop it and keep it stopped until somebody uses it; does nothing if it does not run."""
        room = self._rooms.get((person, ref))
        if room is not None:
            async with room.lock:
                await self._put_down(room, why)

    @contextmanager
    def using(self, person: str, ref: Ref) -> Iterator[None]:
        """For the block the workspace, which runs, is not idle; from any thread."""
        room = self._rooms.get((person, ref))
        if room is None:
            yield
            return
        with self._uses.using(room.workspace.id):
            yield

    def branch(self, ref: Ref) -> Branch:
        """The branch, whatever its state. Raises NotFound."""
        return self._catalog.branch(ref)

    def find(self, person: str, ref: Ref) -> Workspace | None:
        """The workspace as it is written down, if there ever was one."""
        return self._book.find(person, ref)

    def all(self) -> list[Workspace]:
        return self._book.all()

    def folder(self, workspace: Workspace) -> Path:
        """Its sandbox's own folder on the machine."""
        return self._lodging.folder(workspace)

    def status(self, person: str, ref: Ref) -> Status | None:
        """How its sandbox is kept running; None when it is not. From any thread."""
        room = self._rooms.get((person, ref))
        return None if room is None else self._kept(room)

    def trouble(self, person: str, ref: Ref) -> str:
        """What limit its processes were ended for since it was started; empty when none was. From any thread."""
        room = self._rooms.get((person, ref))
        return "" if room is None else room.lodger.trouble

    def worked_on(self) -> list[Branch]:
        """The branches of those that run; from any thread."""
        return [room.branch for room in [*self._rooms.values()] if self._runs(room)]

    def all_running(self) -> list[Running]:
        """From any thread."""
        found = [(room, self._kept(room)) for room in [*self._rooms.values()]]
        return [
            Running(room.workspace.person, room.workspace.ref, kept.pid, room.lodger.disk_bytes)
            for room, kept in found
            if kept is not None and kept.pid is not None
        ]

    def idle_s(self, workspace: Workspace) -> float:
        return self._uses.idle_s(workspace.id)

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the daemon's loop and wait for it; for worker threads."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def leave(self, branch: Branch) -> None:
        """Stop and forget all workspaces of a branch that is being removed; with `main` go the homes of the project."""
        self.on_loop(self._leave(branch))
        if branch.ref.branch == MAIN:
            self._lodging.remove_homes(branch.ref.project)

    async def dismiss(self, person: str, why: str, spared: Callable[[str], bool] = lambda _: False) -> None:
        """Stop a person's workspaces, but for those in projects that are `spared`."""
        rooms = [room for (name, ref), room in self._rooms.items() if name == person and not spared(ref.project)]
        for room in rooms:
            async with room.lock:
                await self._put_down(room, why)

    async def forget(self, person: str) -> None:
        """Stop and forget them, homes included: a name that is given again is another person's."""
        for workspace in await asyncio.to_thread(self._book.all):
            if workspace.person == person:
                branch = await asyncio.to_thread(self._catalog.branch_by_id, workspace.branch_id)
                await self._see_out(workspace, branch, f"there is no “{person}” any more")
        await asyncio.to_thread(self._lodging.remove_homes_of, person)

    def resume(self) -> None:
        """Find again what ran when the last daemon ended, and watch for idleness from now on."""
        self.on_loop(self._resume())

    def close(self) -> None:
        """Stop watching; what runs is the supervisor's to stop."""
        self.on_loop(self._stop_watching())

    async def _start(self, person: str, ref: Ref) -> _Room:
        await self._require_isolation()
        await asyncio.to_thread(self._residents.require, person)
        branch = await asyncio.to_thread(self._catalog.running, ref)
        if branch.production:
            raise Conflict(
                "production-branch",
                f"{ref} holds the data of a published app; no workspace runs there.",
                hint=f"`nacre branch create {ref} NAME` makes a copy of it to work on.",
            )
        room = await self._room(person, branch)
        async with room.lock:
            # It may have been condemned while we waited for whoever stops it.
            await asyncio.to_thread(self._catalog.running, ref)
            if not self._runs(room):
                await self._bring_up(room)
        return room

    async def _bring_up(self, room: _Room) -> None:
        if self._kept(room) is None:
            await self._supervisor.start(room.lodger)
        else:  # it failed, and waits to be tried again
            await self._supervisor.restart(room.lodger.name)
        await asyncio.to_thread(self._book.started, room.workspace.id, "in use")
        self._tell("workspace.started", room)

    async def _put_down(self, room: _Room, why: str) -> None:
        if self._kept(room) is None:
            return
        await self._supervisor.stop(room.lodger.name)
        self._uses.forget(room.workspace.id)
        await asyncio.to_thread(self._book.stopped, room.workspace.id, why)
        self._tell("workspace.stopped", room, why=why)

    async def _room(self, person: str, branch: Branch) -> _Room:
        workspace = await asyncio.to_thread(self._book.claim, person, branch.id)
        known = self._rooms.get((person, branch.ref))
        if known is None or known.workspace.id != workspace.id:
            known = self._rooms[person, branch.ref] = self._new_room(workspace, branch)
        return known

    def _new_room(self, workspace: Workspace, branch: Branch) -> _Room:
        lodger = Lodger(workspace, branch, self._lodging, self.driver)
        return _Room(workspace, branch, lodger, Inside(self._lodging.folder(workspace)))

    async def _require_isolation(self) -> None:
        if self._proven:
            return
        refusal = await asyncio.to_thread(self.driver.refusal)
        if refusal:
            raise Unavailable(
                "isolation-not-proven",
                f"Nothing is run here, because it could not be kept apart: {refusal}",
                hint="`nacre doctor` shows what is missing; `nacre up --isolation none` runs people's code unguarded.",
            )
        await self._prove()
        self._proven = True

    async def _leave(self, branch: Branch) -> None:
        for workspace in await asyncio.to_thread(self._book.all, branch.id):
            await self._see_out(workspace, branch, "the branch is being deleted")

    async def _see_out(self, workspace: Workspace, branch: Branch, why: str) -> None:
        room = self._rooms.pop((workspace.person, branch.ref), None) or self._new_room(workspace, branch)
        async with room.lock:
            await self._put_down(room, why)
            await room.lodger.stop()  # also one that nobody has found again yet
        await asyncio.to_thread(self._lodging.remove, workspace)
        await asyncio.to_thread(self._book.remove, workspace.id)

    async def _resume(self) -> None:
        found = await asyncio.to_thread(self._book.all)
        await asyncio.gather(*(self._find_again(one) for one in found if one.state == "running"))
        await self._residents.sweep(self, {one.person for one in found})
        self._residents.watch(self, self._bus, self._loop)
        self._watching = asyncio.create_task(self._watch())

    async def _find_again(self, workspace: Workspace) -> None:
        branch = await asyncio.to_thread(self._catalog.branch_by_id, workspace.branch_id)
        room = self._rooms.setdefault((workspace.person, branch.ref), self._new_room(workspace, branch))
        async with room.lock:
            try:
                if await room.lodger.adopt() is not None:
                    await self._supervisor.start(room.lodger)
                    return
                await room.lodger.stop()
            except (NacreError, OSError):
                _log.exception("workspace not found again", workspace=room.lodger.name)
            await asyncio.to_thread(self._book.stopped, workspace.id, "it ended while Nacre was not running")

    async def _watch(self) -> None:
        """Stop what nobody uses, for as long as the daemon runs."""
        while True:
            await asyncio.sleep(min(_LOOK_EVERY_S, self.idle_after_s / 4))
            for room in [*self._rooms.values()]:
                try:
                    await self._stop_if_idle(room)
                except Exception:  # told where a person looks for it; the others are still to be looked at
                    _log.exception("idle workspace not stopped", workspace=room.lodger.name)

    async def _stop_if_idle(self, room: _Room) -> None:
        if room.lock.locked() or self._kept(room) is None or not self._is_idle(room):
            return
        if await asyncio.to_thread(has_connections, self._lodging.folder(room.workspace)):
            self._uses.touch(room.workspace.id)
            return
        async with room.lock:
            if self._is_idle(room):
                await self._put_down(room, f"nobody used it for {self.idle_after_s / 60:g} minutes")

    def _is_idle(self, room: _Room) -> bool:
        return self._uses.idle_s(room.workspace.id) >= self.idle_after_s

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def _runs(self, room: _Room) -> bool:
        status = self._kept(room)
        return status is not None and status.state is State.RUNNING

    def _kept(self, room: _Room) -> Status | None:
        try:
            return self._supervisor.status(room.lodger.name)
        except NotFound:
            return None

    def _tell(self, type_: str, room: _Room, **more: str) -> None:
        ref, person = room.workspace.ref, room.workspace.person
        self._bus.emit(type_, "nacre", ref.project, ref.branch, {"person": person, **more})
