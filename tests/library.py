"""Knowledge on a data.db that no daemon has open: the subject's own classes, and the local model in this process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nacre.core.clock import system_clock
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.engines.models.minilm import NAME, Local
from nacre.engines.processes.users import Account
from nacre.knowledge.adding import Adding
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.collections import Collections
from nacre.knowledge.embedding import Embedded
from nacre.knowledge.index import Index, index_of
from nacre.knowledge.recall import Sampler
from nacre.knowledge.searching import Searching

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
    searching: Searching

    @classmethod
    def opened(cls: type[L], path: Path, sampler: Sampler, account: Account | None = None) -> L:
        """`account` is whom files are parsed as."""
        return cls.over(Store(path), sampler, account)

    @classmethod
    def over(
        cls: type[L], store: Any, sampler: Sampler, account: Account | None = None, index: Index | None = None
    ) -> L:
        """On a Store, or on what is one on PostgreSQL; `index` where it is not to be as usual."""
        embedder, index = InProcess(), index or index_of(store)
        return cls(
            store,
            Collections(store, system_clock, index, embedder, Clearing(store, index)),
            Adding(store, system_clock, index, embedder, account),
            Searching(store, index, embedder, sampler),
        )
