"""What every subject stands on: the home, its store, its secrets, the clock, and what keeps processes running."""

import asyncio
import sys
from dataclasses import dataclass

from sqlalchemy import Engine

from nacre.branches.places import Places
from nacre.core.audit import Audit
from nacre.core.clock import Clock
from nacre.core.errors import Damaged
from nacre.core.events import EventBus
from nacre.core.secrets import SecretBox
from nacre.core.settings import Settings
from nacre.core.spools import Spools
from nacre.core.store.migrate import is_behind
from nacre.core.store.store import Store
from nacre.engines.processes.command import checked, run
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import Account, service_account
from nacre.knowledge.tables import is_knowledge

_MIGRATION_S = 600.0


@dataclass(frozen=True)
class Ground:
    """`account` is whom children run as, None for the daemon's own user; `loop` is where the supervisor lives."""

    settings: Settings
    places: Places
    store: Store
    box: SecretBox
    clock: Clock
    bus: EventBus
    audit: Audit
    supervisor: Supervisor
    loop: asyncio.AbstractEventLoop
    account: Account | None
    spools: Spools


def lay_ground(
    settings: Settings, clock: Clock, bus: EventBus, supervisor: Supervisor, loop: asyncio.AbstractEventLoop
) -> Ground:
    """Open what is in the home, which this process has taken."""
    store = Store(settings.home / "data.db", migrate_apart, is_knowledge)
    return Ground(
        settings=settings,
        places=Places(settings.home),
        store=store,
        box=SecretBox(settings.home / "secret.key"),
        clock=clock,
        bus=bus,
        audit=Audit(store, clock),
        supervisor=supervisor,
        loop=loop,
        account=service_account(settings.user),
        spools=Spools(settings.home, int(settings.upload_limit_gb * 1_000_000_000)),
    )


def refuse_without_database(settings: Settings) -> None:
    """Start no empty control plane beside projects that it would know nothing of: Damaged "database-missing"."""
    data, log = settings.home / "data.db", settings.home / "data.db-wal"
    if any(file.exists() and file.stat().st_size for file in (data, log)):
        return
    if settings.projects.is_dir() and (found := sorted(settings.projects.iterdir())):
        raise Damaged(
            "database-missing",
            f"There are projects in {settings.projects} ({found[0].name}, …), but {data} is not there, or empty.",
            hint="Put it back: docs/how-to/mend-a-damaged-database.md. To start anew, move the projects away.",
        )


def migrate_apart(engine: Engine) -> None:
    """In a process of its own, with which Alembic ends: here it would stay, 11 MB for as long as the daemon runs."""
    if is_behind(engine):
        engine.dispose()
        argv = [sys.executable, "-P", "-m", "nacre.core.store.upgrading", str(engine.url.database)]
        checked(run(argv, timeout_s=_MIGRATION_S), "Bringing data.db up to date")
