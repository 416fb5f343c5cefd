"""Knowledge on a data.db that no daemon has open: the subject's own classes, and the local model in this process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nacre.core.clock import system_clock
from nacre.core.events import EventBus
from nacre.core.principals import OWNER, Principal
from nacre.core.store.store import Store
from nacre.engines.models.minilm import NAME, Local
from nacre.engines.processes.users import Account
from nacre.knowledge.adding import Adding
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.collections import Collections
from nacre.knowledge.embedding import Embedded, Embedder
from nacre.knowledge.index import Index
from nacre.knowledge.ingestion.askers import Standing
from nacre.knowledge.ingestion.ingestion import Ingestion
from nacre.knowledge.ingestion.telling import Telling
from nacre.knowledge.kinds import index_of
from nacre.knowledge.recall import Sampler
from nacre.knowledge.searching import Searching
from nacre.knowledge.tables import is_knowledge

L = TypeVar("L", bound="BareLibrary")


class InProcess:
    """The model that the side-car has too."""

    def __init__(self) -> None:
        self._local = Local()

    def embed(self, who: Principal, texts: Sequence[str], model: str | None) -> Embedded:
        vectors = asyncio.run(self._local.embed(NAME, texts))
        return Embedded("local", self._local.digest, np.asarray(vectors, np.float32))


@dataclass(frozen=True)
class BareLibrary:
    store: Store
    collections: Collections
    adding: Adding
    ingestion: Ingestion
    searching: Searching

    @classmethod
    def opened(cls: type[L], path: Path, sampler: Sampler, account: Account | None = None, **more: Any) -> L:
        """`account` is whom files are parsed as; `more` as `over` takes it."""
        return cls.over(Store(path, bearable=is_knowledge), sampler, account, spool=path.with_name("knowledge"), **more)

    @classmethod
    def over(
        cls: type[L],
        store: Any,
        sampler: Sampler,
        account: Account | None = None,
        index: Index | None = None,
        embedder: Embedder | None = None,
        standing: Standing = lambda connection, person: OWNER,
        spool: Path = Path("nowhere"),
    ) -> L:
        """On a Store, or on what is one on PostgreSQL; `index` where it is not to be as usual. The local model embeds,
        unless there is another `embedder`; `standing` tells what people may do by now; what waits lies in `spool`."""
        embedder, index = embedder or InProcess(), index or index_of(store)
        adding = Adding(store, system_clock, index, embedder, account)
        telling = Telling(store, EventBus(system_clock))
        return cls(
            store,
            Collections(store, system_clock, index, embedder, Clearing(store, index), lambda name: True),
            adding,
            Ingestion.of(adding, spool, standing, telling),
            Searching(store, index, embedder, sampler),
        )
