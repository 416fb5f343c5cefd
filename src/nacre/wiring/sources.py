"""Wires sources: what collections are kept in step with, each kind with what it reads from."""

from collections.abc import Mapping
from typing import Any

from nacre.accounts.standing import standing
from nacre.knowledge.adding import Adding
from nacre.knowledge.ingestion.ingestion import Ingestion
from nacre.knowledge.sources.fetching import Fetcher
from nacre.knowledge.sources.folder import Folders
from nacre.knowledge.sources.item import Kind
from nacre.knowledge.sources.keeping import Keeping
from nacre.knowledge.sources.project import ProjectFiles
from nacre.knowledge.sources.sources import Sources
from nacre.knowledge.sources.syncing import Syncing
from nacre.knowledge.sources.table import TableRows
from nacre.knowledge.sources.url import Urls
from nacre.queries.reach import Reach
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.wiring.time_machine import Wired


def wire_sources(ground: Ground, branches: Branches, time_machine: Wired, adding: Adding, ingestion: Ingestion) -> Part:
    """To be started after the time machine, which watches the files of branches."""
    store, clock = ground.store, ground.clock
    reach = Reach(branches.catalog, branches.clusters, time_machine.positions, time_machine.past, clock)
    fetcher = Fetcher(ground.settings.knowledge_private_hosts.split())
    kinds: Mapping[str, Kind[Any]] = {
        "folder": Folders(ground.settings.home),
        "url": Urls(fetcher, ground.account),
        "project": ProjectFiles(branches.catalog, branches.trees),
        "table": TableRows(branches.catalog, reach),
    }
    syncing = Syncing(store, clock, adding, ingestion, standing, kinds)
    keeping = Keeping(store, clock, syncing, kinds)
    sources = Sources(store, clock, adding, syncing, kinds, keeping.wake)
    branches.guests.add(sources.leave)
    return Part(
        {Sources: sources},
        start={"keep collections in step": keeping.start},
        stop=(fetcher.close, keeping.stop),
    )
