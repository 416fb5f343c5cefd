"""Knowledge in this process: a store of its own, and the model of this machine without its side-car."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.library import BareLibrary

from nacre.core.principals import OWNER
from nacre.knowledge.collections import Plan
from nacre.knowledge.preparing import New
from nacre.knowledge.recall import Sampler
from nacre.llm.embedding.chunking import Chunking

PASSAGE = "passage {} of a text about harbours, anchors and sails that went out to sea and came home in the evening"


class Library(BareLibrary):
    def make(self, name: str, dimension: int | None, chunking: Chunking | None = None) -> None:
        plan = Plan(name, "everyone", None, None, dimension, "cosine", chunking or Chunking(by="none"))
        self.collections.create(OWNER, plan)

    def fill(self, name: str, vectors: NDArray[np.float32], first: int = 0, at_once: int = 1000) -> None:
        """A document of one passage for each vector."""
        for start in range(0, len(vectors), at_once):
            some = vectors[start : start + at_once]
            news = [
                New(f"{number}", PASSAGE.format(number), {"tenth": number % 10, "hundredth": number % 100}, vector)
                for number, vector in enumerate(some, first + start)
            ]
            self.adding.add(OWNER, name, news)


@contextmanager
def library(home: Path) -> Iterator[Library]:
    """On the data.db of this home, which no daemon has open."""
    home.mkdir(exist_ok=True)
    opened = Library.opened(home / "data.db", Sampler())
    yield opened
    opened.store.close()


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
