"""Wires the git repositories of projects, and what is built from."""

from dataclasses import dataclass

from nacre.engines.sandbox.bubblewrap import Bubblewrap
from nacre.engines.sandbox.confined import Confinement
from nacre.repositories.shelf import Shelf
from nacre.repositories.sources import Sources
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Kept:
    """`sources` is what builds ask for."""

    part: Part
    sources: Sources


def wire_repositories(ground: Ground, branches: Branches) -> Kept:
    apart = ground.settings.isolation == Bubblewrap.name and not Bubblewrap().refusal()
    confinement = Confinement(ground.account, enforced=apart)
    shelf = Shelf(branches.catalog, ground.settings.home / "git", confinement, ground.account)
    branches.guests.add(shelf.leave)
    sources = Sources(branches.catalog, branches.trees, shelf)
    return Kept(Part({Sources: sources}), sources)
