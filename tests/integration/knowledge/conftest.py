"""Knowledge on a store of its own, with the model of this machine in the test's process: no daemon, no side-car."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from nacre.core.clock import system_clock
from nacre.core.principals import Kind, Principal, Role
from nacre.core.store.store import Store
from nacre.engines.models.minilm import NAME, Local
from nacre.engines.processes.users import service_account
from nacre.knowledge.adding import Adding, New
from nacre.knowledge.collections import Collections, Plan
from nacre.knowledge.embedding import Embedded
from nacre.knowledge.matrices import Matrices
from nacre.knowledge.recall import Sampler
from nacre.knowledge.searching import Asked, Found, Searching
from nacre.llm.embedding.chunking import Chunking

ANN = Principal(Kind.PERSON, "ann", Role.USER, person="ann", members_only=True)


class InProcess:
    """The model that the side-car has too."""

    def __init__(self) -> None:
        self._local = Local()

    def embed(self, who: Principal, texts: Sequence[str], model: str | None) -> Embedded:
        vectors = asyncio.run(self._local.embed(NAME, texts))
        return Embedded("local", self._local.digest, np.asarray(vectors, np.float32))


@dataclass(frozen=True)
class Library:
    store: Store
    collections: Collections
    adding: Adding
    searching: Searching

    @classmethod
    def on(cls, path: Path) -> "Library":
        store, embedder = Store(path), InProcess()
        matrices = Matrices(store)
        return cls(
            store,
            Collections(store, system_clock, matrices, embedder),
            Adding(store, system_clock, matrices, embedder, service_account("nacre")),
            Searching(store, matrices, embedder, Sampler(one_in=1)),
        )

    def make(self, name: str, *, dimension: int | None = None, project: str | None = None, by: str = "markdown") -> str:
        access: Literal["private", "project"] = "private" if project is None else "project"
        self.collections.create(
            ANN, Plan(name, access, project, None, dimension, "cosine", Chunking.model_validate({"by": by}))
        )
        return name

    def add(self, name: str, **texts: str) -> None:
        self.adding.add(ANN, name, [New(document, text, {}) for document, text in texts.items()])

    def search(self, name: str | list[str], text: str | None, **more: Any) -> Found:
        asked: dict[str, Any] = {"vector": None, "top_k": 10, "mode": "hybrid", "filter": {}} | more
        return self.searching.search(
            ANN, Asked(collections=[name] if isinstance(name, str) else name, text=text, **asked)
        )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library.on(tmp_path_factory.mktemp("knowledge") / "data.db")
    yield library
    library.store.close()
