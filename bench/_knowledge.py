"""Knowledge in this process: a store of its own, and the model of this machine without its side-car."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nacre.core.clock import system_clock
from nacre.core.principals import OWNER, Principal
from nacre.core.store.store import Store
from nacre.engines.models.minilm import NAME, Local
from nacre.knowledge.adding import Adding, New
from nacre.knowledge.collections import Collections, Plan
from nacre.knowledge.embedding import Embedded
from nacre.knowledge.matrices import Matrices
from nacre.knowledge.recall import Sampler
from nacre.knowledge.searching import Searching
from nacre.llm.embedding.chunking import Chunking

PASSAGE = "passage {} of a text about harbours, anchors and sails that went out to sea and came home in the evening"


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

    def make(self, name: str, dimension: int | None, chunking: Chunking | None = None) -> None:
        plan = Plan(name, "everyone", None, None, dimension, "cosine", chunking or Chunking(by="none"))
        self.collections.create(OWNER, plan)

    def fill(self, name: str, vectors: NDArray[np.float32], first: int = 0, at_once: int = 1000) -> None:
        """A document of one passage for each vector."""
        for start in range(0, len(vectors), at_once):
            some = vectors[start : start + at_once]
            news = [
                New(f"{number}", PASSAGE.format(number), {"tenth": number % 10}, vector)
                for number, vector in enumerate(some, first + start)
            ]
            self.adding.add(OWNER, name, news)


@contextmanager
def library(home: Path) -> Iterator[Library]:
    """On the data.db of this home, which no daemon has open."""
    home.mkdir(exist_ok=True)
    store, embedder = Store(home / "data.db"), InProcess()
    matrices = Matrices(store)
    yield Library(
        store,
        Collections(store, system_clock, matrices, embedder),
        Adding(store, system_clock, matrices, embedder, None),
        Searching(store, matrices, embedder, Sampler()),
    )
    store.close()


def clustered(rows: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """Vectors of length one that lie in bundles, as those of texts do."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((1000, dimension), dtype=np.float32)
    vectors = np.empty((rows, dimension), np.float32)
    for first in range(0, rows, 10_000):
        part = vectors[first : first + 10_000]
        random.standard_normal(part.shape, dtype=np.float32, out=part)
        part += 1.5 * centres[random.integers(0, len(centres), len(part))]
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors
