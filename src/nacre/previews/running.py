"""Development servers as they live: one per branch, started on demand, watched, found again after a restart."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.places import Places
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NacreError
from nacre.core.events import EventBus
from nacre.core.names import Ref
from nacre.core.progress import report
from nacre.core.projectfile import file as projectfile
from nacre.engines.sandbox.inside import Inside
from nacre.engines.source.source import Source
from nacre.previews.addresses import Addresses
from nacre.previews.plan import Plan, dependencies, plan
from nacre.previews.record import Record, Records
from nacre.previews.status import State
from nacre.workspaces.serving import Ended, ended, free_port, halt, process, serve
from nacre.workspaces.workspaces import Workspaces

_log = structlog.get_logger()
KEY = "preview"
"""The name of the development server among the processes of a workspace."""

_PORTS = range(5170, 6000)
_LOOK_EVERY_S = 1.0
_LISTENS_WITHIN_S = 120.0
_INSTALLS_WITHIN_S = 1800.0


@dataclass
class Server:
    """One branch's development server. `socket` reaches it while it runs; `trouble` is why it does not.

    `newest_ns` is when its files had last changed when it failed; `lock` is held by whoever starts or stops it.
    """

    branch: Branch
    record: Record | None
    state: State = State.STOPPED
    socket: Path | None = None
    trouble: NacreError | None = None
    newest_ns: int = 0
    starting: asyncio.Task[None] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Servers:
    """Belongs to the daemon's loop."""

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        workspaces: Workspaces,
        records: Records,
        addresses: Addresses,
        bus: EventBus,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._workspaces = workspaces
        self._records = records
        self._addresses = addresses
        self._bus = bus
        self._clock = clock
        self._servers: dict[Ref, Server] = {}
        self._watching: asyncio.Task[None] | None = None

    def __iter__(self) -> Iterator[Server]:
        return iter([*self._servers.values()])

    async def server(self, ref: Ref) -> Server:
        """Raises NotFound, Conflict "branch-not-ready"."""
        branch = await asyncio.to_thread(self._catalog.running, ref)
        known = self._servers.get(ref)
        if known is None or known.branch.id != branch.id:
            known = self._servers[ref] = Server(branch, self._records.read(branch.id))
        return known

    async def use(self, ref: Ref) -> Server | None:
        """The server if it runs; counts as a use of its workspace. Asks no database: there are many requests."""
        server = self._servers.get(ref)
        if server is None:
            return None
        if server.record is None or not await self.runs(server):
            server.state = State.STOPPED if server.state is State.RUNNING else server.state
            return None
        await self._workspaces.inside(server.record.person, ref)
        return server

    async def runs(self, server: Server) -> bool:
        return server.state is State.RUNNING and await self.inside(server) is not None

    async def inside(self, server: Server) -> Inside | None:
        """The workspace that it runs in, if that is awake."""
        if server.record is None:
            return None
        return await self._workspaces.running(server.record.person, server.branch.ref)

    def start(self, server: Server, person: str) -> asyncio.Task[None]:
        """The one start that is under way, begun now in the person's workspace if there is none."""
        if server.starting is None or server.starting.done():
            server.starting = asyncio.create_task(self._start(server, person))
            server.starting.add_done_callback(_seen)
        return server.starting

    async def stop(self, server: Server) -> None:
        if server.starting is not None:
            server.starting.cancel()
        async with server.lock:
            inside = await self.inside(server)
            if inside is not None:
                await halt(inside, KEY)
            server.state, server.trouble = State.STOPPED, None

    async def would_fail_again(self, server: Server) -> bool:
        """Whether nothing that it is made of has changed since it failed."""
        if server.state not in (State.CRASHED, State.REFUSED):
            return False
        return await self._newest_ns(server) == server.newest_ns

    def forget(self, branch: Branch) -> None:
        self._servers.pop(branch.ref, None)
        self._records.remove(branch.id)

    async def resume(self) -> None:
        """Find again what still runs, and watch all of them from now on."""
        for branch in await asyncio.to_thread(self._catalog.running_branches):
            record = self._records.read(branch.id)
            if record is not None:
                try:
                    await self._find_again(branch, record)
                except NacreError:
                    _log.exception("preview not found again", branch=str(branch.ref))
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching; what runs goes on in its workspace."""
        tasks = [task for task in (self._watching, *(one.starting for one in self)) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self, server: Server, person: str) -> None:
        async with server.lock:
            if await self.runs(server):
                return
            server.state, server.trouble, server.socket = State.STARTING, None, None
            try:
                await self._bring_up(server, person)
            except NacreError as error:
                await self._fail(server, error)
                raise
            except BaseException:
                server.state = State.STOPPED
                raise
            server.state = State.RUNNING
            self._tell("preview.running", server)

    async def _bring_up(self, server: Server, person: str) -> None:
        ref, before = server.branch.ref, server.record
        source = self._source(server)
        await asyncio.to_thread(self.plan, ref)  # refused before a workspace is started for it
        report("starting the workspace")
        inside = await self._workspaces.inside(person, ref)
        port = await free_port(inside, before.port if before is not None else _PORTS[0], _PORTS)
        stamp = source.stamp(projectfile.NAME)
        planned = await asyncio.to_thread(self.plan, ref, port)
        needed = await asyncio.to_thread(dependencies, source, planned.folder) if planned.configured else ""
        installing = planned.configured and (bool(planned.missing) or before is None or before.dependencies != needed)
        if planned.missing and not installing:
            raise _not_installed(ref, planned)
        server.record = Record(
            person=person,
            framework=planned.framework,
            line=planned.line,
            port=planned.port,
            base=self._addresses.told(ref).base,
            strip=planned.strip,
            started_at=self._clock(),
            stamp=stamp,
            dependencies="",
        )
        report("installing" if installing else "starting")
        within_s = _INSTALLS_WITHIN_S if installing else _LISTENS_WITHIN_S
        port = await serve(inside, KEY, planned.argv(installing=installing), planned.env, planned.port, within_s)
        server.record = replace(server.record, port=port, dependencies=needed)
        server.socket = await inside.expose(port)
        await asyncio.to_thread(self._records.write, server.branch.id, server.record)

    async def _fail(self, server: Server, error: NacreError) -> None:
        """What can only be mended in the project is told apart from what ended by itself."""
        server.state = State.CRASHED if isinstance(error, Ended) else State.REFUSED
        server.trouble = error
        server.newest_ns = await self._newest_ns(server)
        self._tell(f"preview.{server.state}", server)

    async def _find_again(self, branch: Branch, record: Record) -> None:
        server = self._servers[branch.ref] = Server(branch, record)
        inside = await self.inside(server)
        found = await process(inside, KEY) if inside is not None else None
        if inside is not None and found is not None and found.exit_code is None:
            server.socket = await inside.expose(record.port)
            server.state = State.RUNNING

    async def _watch(self) -> None:
        """See who ends by itself, and who is to be run in another way from now on."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            for server in self:
                if server.state is State.RUNNING and not server.lock.locked():
                    try:
                        await self._look_at(server)
                    except NacreError:
                        continue  # its workspace is going: the next look finds it gone
                    except Exception:  # the others are still to be looked at
                        _log.exception("preview not looked at", branch=str(server.branch.ref))

    async def _look_at(self, server: Server) -> None:
        inside = await self.inside(server)
        if inside is None or server.record is None:
            server.state = State.STOPPED
            return
        found = await process(inside, KEY)
        if found is None or found.exit_code is not None:
            await self._fail(server, ended(KEY, found))
        elif self._source(server).stamp(projectfile.NAME) != server.record.stamp:
            server.state = State.STOPPED
            self.start(server, server.record.person)

    def plan(self, ref: Ref, port: int = _PORTS[0]) -> Plan:
        """How the branch would be run. Raises what nacre.previews.plan does."""
        return plan(Source(self._places.files(ref)), self._addresses.told(ref), port)

    def _source(self, server: Server) -> Source:
        return Source(self._places.files(server.branch.ref))

    async def _newest_ns(self, server: Server) -> int:
        return await asyncio.to_thread(self._source(server).newest_ns)

    def _tell(self, type_: str, server: Server) -> None:
        ref = server.branch.ref
        self._bus.emit(type_, "nacre", ref.project, ref.branch, {"trouble": str(server.trouble or "")})


def _not_installed(ref: Ref, planned: Plan) -> Conflict:
    return Conflict(
        "not-installed",
        planned.missing,
        hint=f"`nacre exec {ref} -- {planned.install}`, or let Nacre do it: "
        f'[dev] install = "{planned.install}" in nacre.toml.',
    )


def _seen(task: asyncio.Task[None]) -> None:
    """Its error is in the server's state: nobody has to wait for the task to learn of it."""
    if not task.cancelled():
        task.exception()
