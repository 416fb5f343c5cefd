"""The composition root: the only place that knows all the parts and puts them together."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import IO

import structlog

from nacre.accounts.tokens import Tokens
from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.locks import Locks
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.audit import Audit
from nacre.core.clock import Clock, system_clock
from nacre.core.dispatch import Dispatcher
from nacre.core.errors import Conflict
from nacre.core.events import EventBus
from nacre.core.operations import registry
from nacre.core.principals import Principal
from nacre.core.procedures import Procedures, Tracer, no_trace
from nacre.core.secrets import SecretBox
from nacre.core.settings import Settings
from nacre.core.store.store import Store
from nacre.engines.postgres import installation
from nacre.engines.postgres.trusted import with_trusted_extensions
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import service_account
from nacre.engines.storage.detect import detect, named
from nacre.engines.storage.driver import Storage
from nacre.files.files import Files
from nacre.history.barrier import Barrier
from nacre.history.basebook import Basebook
from nacre.history.bases import Bases
from nacre.history.checkpoint import Checkpointing
from nacre.history.checkup import Checkup
from nacre.history.collecting import Collecting
from nacre.history.keeper import Keeper
from nacre.history.lineage import Lineage
from nacre.history.logbook import Logbook
from nacre.history.losses import Losses
from nacre.history.machine import TimeMachine
from nacre.history.overview import Overview
from nacre.history.past import Past
from nacre.history.positions import Positions
from nacre.history.rebirth import Rebirth
from nacre.history.retention import Retention
from nacre.history.sealer import Sealer
from nacre.history.segments import Segments
from nacre.history.travel import Travel
from nacre.history.wal import Wal
from nacre.projects.creation import Creation
from nacre.projects.diff import Diffing
from nacre.projects.lifecycle import Lifecycle
from nacre.projects.removal import Removal
from nacre.queries.queries import Queries
from nacre.system.doctor import projects_store
from nacre.system.status import System

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
        await asyncio.to_thread(self._compose, asyncio.get_running_loop())
        await asyncio.to_thread(self._resume)

    async def close(self) -> None:
        """Stop every branch in good order and let go of the home; what fails keeps nothing after it from being done."""
        async with AsyncExitStack() as ending:
            ending.callback(self._lock.close)
            ending.callback(self._store.close)
            ending.push_async_callback(self._supervisor.stop_all)
            for step in (self._trees.close, self._past.sweep, self._keeper.stop, self._sealer.stop):
                ending.push_async_callback(asyncio.to_thread, step)

    def authenticate(self, token: str) -> Principal | None:
        """Whom a bearer token stands for, or None."""
        return self._tokens.authenticate(token)

    def _compose(self, loop: asyncio.AbstractEventLoop) -> None:
        settings = self.settings
        places = Places(settings.home)
        projects_store.mount_again(settings)
        _make_folders(settings)
        self._lock = _take_home(settings.home)
        self._store = Store(settings.home / "data.db")
        account = service_account(settings.user)
        engines = settings.home / "engines"
        found = installation.at(settings.postgres_bin) if settings.postgres_bin else installation.embedded(engines)
        postgres = with_trusted_extensions(found, engines)
        catalog = Catalog(self._store, SecretBox(settings.home / "secret.key"), self._clock, settings.pg_port)
        clusters = Clusters(catalog, places, postgres, account, self._supervisor, loop)
        trees, locks = Trees(places), Locks()
        storage = _storage(settings)
        audit = Audit(self._store, self._clock)

        lineage, logbook, basebook = Lineage(catalog), Logbook(self._store), Basebook(self._store)
        wal = Wal(catalog, places, clusters, lineage)
        barrier = Barrier(clusters, trees, wal, self._clock)
        bases = Bases(catalog, places, clusters, storage, basebook, self._clock)
        positions = Positions(catalog, trees, lineage, logbook, basebook, bases, wal, barrier, self._clock)
        rebirth = Rebirth(catalog, places, clusters, storage, bases, wal)
        past = Past(catalog, places, clusters, storage, bases, positions, wal)
        removal = Removal(catalog, places, clusters, trees, rebirth, past)
        retention = Retention(
            settings, catalog, places, clusters, trees, storage, basebook, bases, lineage, positions, rebirth, wal,
            self._clock,
        )  # fmt: skip
        procedures = Procedures(
            self._store,
            self._clock,
            (
                Checkpointing(catalog, barrier, logbook),
                Travel(
                    catalog, clusters, trees, barrier, bases, lineage, logbook, positions, rebirth, self._clock
                ),
                Creation(
                    catalog, places, clusters, trees, storage, bases, lineage, logbook, positions, rebirth, removal,
                    self._clock,
                ),
                removal,
                retention,
            ),
            self._trace,
        )  # fmt: skip

        collecting = Collecting(catalog, places, locks, procedures)
        self._sealer = Sealer(catalog, clusters, bases)
        self._keeper = Keeper(catalog, clusters, locks, basebook, bases, wal, past, retention, collecting, procedures)
        self._tokens = Tokens(self._store, self._clock)
        self._catalog, self._clusters, self._trees, self._past = catalog, clusters, trees, past
        self._bases, self._procedures = bases, procedures
        services: dict[type, object] = {
            Tokens: self._tokens,
            System: System(settings, catalog, clusters, audit, self._clock, storage, self._troubles),
            TimeMachine: TimeMachine(
                catalog, trees, locks, storage, lineage, logbook, positions, wal, procedures, self._clock
            ),
            Lifecycle: Lifecycle(catalog, places, clusters, locks, positions, procedures, self._clock),
            Collecting: collecting,
            Overview: Overview(
                catalog,
                places,
                trees,
                storage,
                lineage,
                basebook,
                positions,
                wal,
                lambda: self._keeper.trouble,
                self._clock,
            ),
            Checkup: Checkup(
                catalog,
                trees,
                basebook,
                bases,
                Segments(catalog, places, clusters, locks, wal),
                Losses(lineage, basebook, wal),
            ),
            Diffing: Diffing(catalog, clusters, trees),
            Queries: Queries(catalog, clusters, positions, past, self._clock),
            Files: Files(catalog, trees, locks, positions, self._clock),
        }
        self.dispatcher = Dispatcher(registry, services, audit, self.bus)

    def _troubles(self) -> tuple[Mapping[str, str], ...]:
        return self._procedures.trouble(), self._keeper.trouble

    def _resume(self) -> None:
        """Finish or undo what was under way, then adopt or start what should run.

        One part that fails keeps no other from starting: a person needs the rest to mend it.
        """
        self._each_running("thaw", self._clusters.thaw)
        _guarded("sweep views of the past", self._past.sweep)
        _guarded("sweep bases", self._bases.sweep)
        self._procedures.recover()
        _guarded("sweep sockets", self._clusters.sweep_seats)
        self._each_running("keep Postgres", self._clusters.keep)
        self._each_running("watch files", self._trees.watch)
        self._keeper.start()
        self._sealer.start()

    def _each_running(self, what: str, work: Callable[[Branch], None]) -> None:
        for branch in self._catalog.running_branches():
            _guarded(f"{what} of {branch.ref}", partial(work, branch))


def _guarded(what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        _log.exception("not done at start", what=what)


def _make_folders(settings: Settings) -> None:
    """Children run as another user when the daemon is root: they must be able to pass through, not to look around."""
    settings.home.mkdir(parents=True, exist_ok=True)
    for folder, mode in ((settings.home, 0o711), (settings.home / "run", 0o711), (settings.home / "run" / "pg", 0o711)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
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


def _storage(settings: Settings) -> Storage:
    return detect(settings.projects) if settings.storage == "auto" else named(settings.storage)
