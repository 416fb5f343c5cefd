"""The composition root: the only place that knows all the parts and puts them together."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import IO

import structlog

from nacre.accounts.tokens import Tokens
from nacre.branches.catalog import Catalog
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
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import service_account
from nacre.engines.storage.detect import detect, named
from nacre.engines.storage.driver import Storage
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
        """Stop every branch in good order and let go of the home."""
        await asyncio.to_thread(self._trees.close)
        await self._supervisor.stop_all()
        self._store.close()
        self._lock.close()

    def authenticate(self, token: str) -> Principal | None:
        """Whom a bearer token stands for, or None."""
        return self._tokens.authenticate(token)

    def _compose(self, loop: asyncio.AbstractEventLoop) -> None:
        settings = self.settings
        places = Places(settings.home)
        _make_folders(settings)
        self._lock = _take_home(settings.home)
        self._store = Store(settings.home / "data.db")
        account = service_account(settings.user)
        postgres = (
            installation.at(settings.postgres_bin)
            if settings.postgres_bin
            else installation.embedded(settings.home / "engines")
        )
        catalog = Catalog(self._store, SecretBox(settings.home / "secret.key"), self._clock, settings.pg_port)
        clusters = Clusters(catalog, places, postgres, account, self._supervisor, loop)
        self._trees = Trees(places)
        self._tokens = Tokens(self._store, self._clock)
        audit = Audit(self._store, self._clock)
        storage = _storage(settings)
        services: dict[type, object] = {
            Tokens: self._tokens,
            System: System(settings, catalog, clusters, audit, self._clock, storage),
        }
        self.dispatcher = Dispatcher(registry, services, audit, self.bus)

    def _resume(self) -> None:
        """Finish or undo what was under way, then start or adopt what should run."""


def _make_folders(settings: Settings) -> None:
    """Children run as another user when the daemon is root: they must be able to pass through, not to look around."""
    settings.home.mkdir(parents=True, exist_ok=True)
    for folder, mode in ((settings.home, 0o711), (settings.home / "run", 0o711), (settings.home / "run" / "pg", 0o711)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    for folder in (settings.projects, settings.logs, settings.home / "engines"):
        folder.mkdir(exist_ok=True)


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
