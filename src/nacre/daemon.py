"""The composition root: takes the home, has every subject wired, starts what must run, and ends it in order."""

import asyncio
import fcntl
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, TypeVar

import structlog

from nacre.accounts.tokens import Tokens
from nacre.core.clock import Clock, system_clock
from nacre.core.dispatch import Dispatcher
from nacre.core.errors import Conflict
from nacre.core.events import EventBus
from nacre.core.operations import registry
from nacre.core.principals import Principal
from nacre.core.procedures import Tracer, no_trace
from nacre.core.settings import Settings
from nacre.engines.processes.supervisor import Supervisor
from nacre.publishing.guard import Guard
from nacre.system.doctor import projects_store
from nacre.wiring.accounts import wire_accounts
from nacre.wiring.branches import wire_branches
from nacre.wiring.building import wire_building
from nacre.wiring.commands import wire_commands
from nacre.wiring.files import wire_files
from nacre.wiring.gateway import wire_gateway
from nacre.wiring.ground import Ground, lay_ground, refuse_without_database
from nacre.wiring.images import wire_images
from nacre.wiring.jobs import wire_jobs, wire_runners
from nacre.wiring.knowledge import wire_knowledge
from nacre.wiring.llm import wire_llm
from nacre.wiring.logs import wire_logs
from nacre.wiring.monitoring import wire_monitoring
from nacre.wiring.part import Hook, Part
from nacre.wiring.previews import wire_previews
from nacre.wiring.publishing import wire_publishing
from nacre.wiring.queries import wire_queries
from nacre.wiring.repositories import wire_repositories
from nacre.wiring.runtime import wire_runtime
from nacre.wiring.sources import wire_sources
from nacre.wiring.system import wire_system
from nacre.wiring.time_machine import wire_time_machine
from nacre.wiring.trouble import wire_trouble
from nacre.wiring.workspaces import wire_workspaces

S = TypeVar("S")
_log = structlog.get_logger()


class Daemon:
    """One per home. Started and closed on the event loop that it lives on; operations run in worker threads."""

    dispatcher: Dispatcher

    def __init__(self, settings: Settings, clock: Clock = system_clock, trace: Tracer = no_trace) -> None:
        self.settings = settings
        self.bus = EventBus(clock)
        self._clock = clock
        self._trace = trace

    async def start(self) -> None:
        """Take the home, finish what a crash cut off, and bring every branch up.

        Raises Conflict "home-taken" when another daemon has it.
        """
        self._supervisor = Supervisor()
        self._end_children = self._supervisor.stop_all
        await asyncio.to_thread(self._compose, asyncio.get_running_loop())
        await asyncio.to_thread(self._resume)

    async def close(self) -> None:
        """End all parts in good order and let go of the home; what fails keeps nothing after it from being done."""
        async with AsyncExitStack() as ending:
            ending.callback(self._lock.close)
            ending.callback(self._ground.store.close)
            ending.push_async_callback(self._end_children)
            for part in self._parts:
                for hook in reversed(part.stop):
                    ending.push_async_callback(asyncio.to_thread, hook)

    def leave_children(self) -> None:
        """Let databases, gateway and workspaces run on when this daemon closes: another one follows and adopts them."""
        self._end_children = self._supervisor.release_all

    def authenticate(self, token: str) -> Principal | None:
        """Whom a bearer token stands for, or None."""
        return self.service(Tokens).authenticate(token)

    def service(self, kind: type[S]) -> S:
        """The one service of this type, once the daemon is started."""
        service = self._services[kind]
        assert isinstance(service, kind)
        return service

    def _compose(self, loop: asyncio.AbstractEventLoop) -> None:
        projects_store.mount_again(self.settings)
        refuse_without_database(self.settings)
        _make_folders(self.settings)
        self._lock = _take_home(self.settings.home)
        self._ground = lay_ground(self.settings, self._clock, self.bus, self._supervisor, loop)
        self._parts = self._wire(self._ground)
        self._services = {kind: service for part in self._parts for kind, service in part.services.items()}
        self.dispatcher = Dispatcher(registry, self._services, self._ground.audit, self.bus, self.service(Guard))

    def _wire(self, ground: Ground) -> tuple[Part, ...]:
        """The parts in the order in which they start; they end in the opposite one."""
        branches = wire_branches(ground)
        accounts = wire_accounts(ground, branches.catalog)
        repositories = wire_repositories(ground, branches, accounts)
        time_machine = wire_time_machine(ground, branches, repositories.importing, self._trace)
        lived = wire_workspaces(ground, branches)
        shown = wire_previews(ground, branches, lived)
        way_in = wire_gateway(ground, branches, accounts.hand_off, shown.reach)
        asked = wire_llm(ground, branches)
        known = wire_knowledge(ground, branches, asked.llm)
        jobs = wire_jobs(ground, branches.guests)
        pictured = wire_images(ground, branches, jobs)
        ran = wire_runtime(ground, pictured.images, jobs.nodes)
        builds = wire_building(ground, branches, repositories.sources, pictured.images)
        return (
            accounts.part,
            way_in.part,
            asked.part,
            known.part,
            time_machine.part,
            wire_queries(ground, branches, time_machine),
            wire_files(ground, branches, time_machine),
            wire_sources(ground, branches, time_machine, known.adding, known.ingestion),
            repositories.part,
            lived.part,
            wire_commands(ground, branches, lived.workspaces),
            shown.part,
            jobs.part,
            pictured.part,
            ran.part,
            builds.part,
            wire_runners(jobs, builds.works),
            wire_publishing(
                ground,
                branches,
                time_machine,
                repositories,
                jobs.jobs,
                pictured,
                builds.builder,
                ran.fleet,
                self._trace,
            ),
            wire_trouble(ground, branches, way_in.gateway, jobs, repositories.shelf, ran.fleet),
            wire_monitoring(ground, branches, time_machine, way_in.gateway, jobs, asked, ran.fleet, lived.workspaces),
            wire_logs(ground, branches, lived.workspaces, jobs.nodes, ran.fleet),
            wire_system(ground, branches, time_machine.troubles, way_in.gateway, lived.workspaces, asked.door.status),
        )

    def _resume(self) -> None:
        """Finish or undo what was under way, then adopt or start what should run.

        One part that fails keeps no other from starting: a person needs the rest to mend it.
        """
        for part in self._parts:
            for what, hook in part.start.items():
                _guarded(what, hook)


def _guarded(what: str, work: Hook) -> None:
    try:
        work()
    except Exception:
        _log.exception("not done at start", what=what)


def _make_folders(settings: Settings) -> None:
    """Children run as another user when the daemon is root: they must be able to pass through, not to look around."""
    settings.home.mkdir(parents=True, exist_ok=True)
    run = settings.home / "run"
    for folder in (settings.home, run, run / "pg", run / "ws", settings.door.parent):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
    for folder, mode in ((settings.projects, 0o711), (settings.logs, 0o700), (settings.home / "engines", 0o755)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    (settings.home / "data.db").touch(mode=0o600)  # SQLite gives its WAL the mode of the database


def _take_home(home: Path) -> IO[str]:
    """Lock the home for this process; the kernel lets go of it when the process ends, however it ends."""
    lock = (home / "run" / "daemon.pid").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = lock.read().strip()
        lock.close()
        raise Conflict(
            "home-taken", f"Another daemon (process {pid}) uses {home}.", hint="`nacre down` stops it."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
