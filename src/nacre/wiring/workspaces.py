"""Wires people's workspaces."""

from dataclasses import dataclass, replace
from functools import partial

from nacre.accounts.standing import exists, standing
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Targets, prove
from nacre.previews.addresses import Addresses
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.workspaces.book import Book
from nacre.workspaces.desk import Desk
from nacre.workspaces.doorkeeper import Doorkeeper
from nacre.workspaces.execution import Execution
from nacre.workspaces.lodging import Lodging
from nacre.workspaces.logs import Logs
from nacre.workspaces.ownership import Ownership
from nacre.workspaces.residents import Residents
from nacre.workspaces.terminals import Terminals
from nacre.workspaces.views import Views
from nacre.workspaces.workspaces import Workspaces


@dataclass(frozen=True)
class Lived:
    """`workspaces` and their `logs` are what previews and add-ons are made of."""

    part: Part
    workspaces: Workspaces
    logs: Logs


def wire_workspaces(ground: Ground, branches: Branches) -> Lived:
    settings, catalog, clusters = ground.settings, branches.catalog, branches.clusters
    book = Book(ground.store, ground.clock)
    lodging = Lodging(settings, ground.places, catalog, clusters, book, Addresses(settings).url)
    driver = named(settings.isolation)
    proof = partial(prove, driver, ground.account, Targets.of(settings))
    workspaces = Workspaces(
        book, catalog, lodging, driver, proof, ground.supervisor, ground.bus, ground.loop,
        Residents(partial(_standing, ground.store), partial(_exists, ground.store)),
        idle_after_s=settings.idle_minutes * 60,
    )  # fmt: skip
    terminals, logs = Terminals(workspaces), Logs(workspaces, lodging, ground.loop)
    desk = Desk(
        workspaces,
        terminals,
        Execution(workspaces, ground.loop),
        logs,
        Views(workspaces, settings.egress, ground.clock),
    )
    branches.guests.add(workspaces.leave)
    part = Part(
        {
            Workspaces: workspaces,
            Terminals: terminals,
            Desk: desk,
            Doorkeeper: Doorkeeper(book, partial(_standing, ground.store)),
        },
        start={"find workspaces again": workspaces.resume},
        stop=(workspaces.close,),
    )
    if ground.account is not None:
        ownership = Ownership(branches.trees, ground.account, workspaces.worked_on)
        part = replace(part, start={**part.start, "watch owners": ownership.start}, stop=(*part.stop, ownership.stop))
    return Lived(part, workspaces, logs)


def _exists(store: Store, person: str) -> bool:
    with store.read() as connection:
        return exists(connection, person)


def _standing(store: Store, person: str) -> Principal | None:
    with store.read() as connection:
        return standing(connection, person)
