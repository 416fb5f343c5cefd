"""Wires the branches: which there are, their Postgres, their files, and who holds them."""

from dataclasses import dataclass

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.guests import Guests
from nacre.branches.locks import Locks
from nacre.branches.trees import Trees
from nacre.engines.postgres import installation
from nacre.engines.postgres.trusted import with_trusted_extensions
from nacre.engines.storage.detect import detect, named
from nacre.engines.storage.driver import Storage
from nacre.llm.extension import with_pg_llm
from nacre.wiring.ground import Ground


@dataclass(frozen=True)
class Branches:
    catalog: Catalog
    clusters: Clusters
    trees: Trees
    locks: Locks
    storage: Storage
    guests: Guests


def wire_branches(ground: Ground) -> Branches:
    settings, engines = ground.settings, ground.settings.home / "engines"
    found = installation.at(settings.postgres_bin) if settings.postgres_bin else installation.embedded(engines)
    postgres = with_pg_llm(with_trusted_extensions(found, engines), engines)
    catalog = Catalog(ground.store, ground.box, ground.clock, settings.pg_port)
    return Branches(
        catalog=catalog,
        clusters=Clusters(catalog, ground.places, postgres, ground.account, ground.supervisor, ground.loop),
        trees=Trees(ground.places),
        locks=Locks(),
        storage=detect(settings.projects) if settings.storage == "auto" else named(settings.storage),
        guests=Guests(),
    )
