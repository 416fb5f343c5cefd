"""Wires the git repositories of projects, and what is built from."""

from dataclasses import dataclass

from nacre.engines.sandbox.bubblewrap import Bubblewrap
from nacre.engines.sandbox.confined import Confinement
from nacre.gateway.site import console_address
from nacre.history.logbook import Logbook
from nacre.repositories.authors import Authors
from nacre.repositories.committing import Committing
from nacre.repositories.importing import Importing
from nacre.repositories.looking import Looking
from nacre.repositories.pushes import Repositories
from nacre.repositories.shelf import Shelf
from nacre.repositories.sources import Sources
from nacre.repositories.trees import GitTrees
from nacre.wiring.accounts import Accounts
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Kept:
    """`sources` is what builds start from, `repositories` tells of pushes, `shelf` has all of them."""

    part: Part
    sources: Sources
    repositories: Repositories
    importing: Importing
    shelf: Shelf
    looking: Looking


def wire_repositories(ground: Ground, branches: Branches, accounts: Accounts) -> Kept:
    """To be started after the time machine: what follows from a push changes files."""
    settings, catalog = ground.settings, branches.catalog
    apart = settings.isolation == Bubblewrap.name and not Bubblewrap().refusal()
    shelf = Shelf(catalog, settings.home / "git", Confinement(ground.account, enforced=apart))
    branches.guests.add(shelf.leave)
    logbook = Logbook(ground.store)
    trees = GitTrees(catalog, ground.places, branches.trees, branches.locks, logbook, shelf, ground.clock)
    sources = Sources(catalog, branches.trees, shelf)
    largest_bytes = int(settings.upload_limit_gb * 1_000_000_000)
    repositories = Repositories(catalog, shelf, trees, ground.audit, ground.bus, largest_bytes)
    looking = Looking(trees, console_address(settings))
    services: dict[type, object] = {
        Sources: sources,
        Repositories: repositories,
        Looking: looking,
        Committing: Committing(trees, Authors(accounts.people, settings.domain or "localhost")),
    }
    part = Part(services, start={"carry on after pushes": repositories.resume})
    return Kept(part, sources, repositories, Importing(ground.places, shelf, largest_bytes), shelf, looking)
