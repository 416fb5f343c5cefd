"""What every subject stands on: the home, its store, its secrets, the clock, and what keeps processes running."""

import asyncio
from dataclasses import dataclass

from nacre.branches.places import Places
from nacre.core.audit import Audit
from nacre.core.clock import Clock
from nacre.core.events import EventBus
from nacre.core.secrets import SecretBox
from nacre.core.settings import Settings
from nacre.core.store.store import Store
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import Account, service_account


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


def lay_ground(
    settings: Settings, clock: Clock, bus: EventBus, supervisor: Supervisor, loop: asyncio.AbstractEventLoop
) -> Ground:
    """Open what is in the home, which this process has taken."""
    store = Store(settings.home / "data.db")
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
    )
