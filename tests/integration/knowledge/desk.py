"""What keeps collections in step, without a daemon."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from tests.integration.knowledge.conftest import ANN
from tests.library import BareLibrary
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.principals import OWNER, Principal, Role
from nacre.knowledge.collections import Plan as CollectionPlan
from nacre.knowledge.documents import Documents
from nacre.knowledge.recall import Sampler
from nacre.knowledge.sources.item import Kind, Settings
from nacre.knowledge.sources.sources import Plan, Sources, WholeSource
from nacre.knowledge.sources.syncing import Synced, Syncing
from nacre.llm.embedding.chunking import Chunking

BOB = Principal(ANN.kind, "bob", Role.ADMIN, person="bob")


@dataclass
class Desk:
    """`barred` are people who are not let in any more; every source here is called “docs”."""

    library: BareLibrary
    kinds: Mapping[str, Kind[Any]]
    syncing: Syncing
    sources: Sources
    barred: set[str]

    @classmethod
    def on(cls, home: Path, kinds: Mapping[str, Kind[Any]]) -> "Desk":
        barred = set[str]()

        def standing(connection: Connection, person: str) -> Principal | None:
            return None if person in barred else {"owner": OWNER, "bob": BOB}[person]

        library = BareLibrary.opened(home / "data.db", Sampler(), standing=standing)
        syncing = Syncing(library.store, system_clock, library.adding, library.ingestion, standing, kinds)
        sources = Sources(library.store, system_clock, library.adding, syncing, kinds, lambda: None)
        return cls(library, kinds, syncing, sources, barred)

    def close(self) -> None:
        self.library.ingestion.line.stop()
        self.library.store.close()

    def collection(self, name: str) -> str:
        plan = CollectionPlan(name, "everyone", None, None, None, "cosine", Chunking(by="markdown"))
        self.library.collections.create(OWNER, plan)
        return name

    def add(self, collection: str, kind: str, settings: Settings, *, who: Principal = OWNER, most: int = 1000) -> None:
        self.sources.add(who, collection, Plan(kind, settings, "docs", "docs", most, None))

    def sync(self, collection: str) -> Synced:
        """Until all that was handed over is in."""
        synced = self.sources.sync(OWNER, collection, "docs")
        eventually(lambda: not self.library.ingestion.show(OWNER, collection).waiting, within_s=60)
        return synced

    def shown(self, collection: str) -> WholeSource:
        return self.sources.show(OWNER, collection, "docs")

    def documents(self, collection: str) -> list[str]:
        return [one.name for one in Documents(self.library.store).listing(OWNER, collection, "", 1000)]

    def text(self, collection: str, name: str) -> str:
        return Documents(self.library.store).show(OWNER, collection, name).parts[0].text
