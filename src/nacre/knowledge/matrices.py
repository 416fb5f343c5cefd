"""The vectors of collections in memory: read from SQLite when first searched, then kept in step with every change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from nacre.core.errors import Damaged
from nacre.core.store.store import Store, native
from nacre.knowledge import vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.engines.retrieval.matrix import Matrix


@dataclass(frozen=True)
class Change:
    """What a transaction did: `removed` documents are gone, and passages came, each with its document and vector."""

    removed: list[int]
    ids: list[int]
    documents: list[int]
    vectors: "NDArray[np.float32]"


class Matrices:
    """Called from worker threads. A collection is named by its number."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._matrices: dict[int, Matrix] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, collection_id: int, dimension: int, metric: str) -> "Matrix":
        """Raises Damaged "knowledge-damaged"."""
        matrix = self._matrices.get(collection_id)
        if matrix is None or matrix.wasteful:
            with self._changing(collection_id):
                matrix = self._matrices.get(collection_id)
                if matrix is None or matrix.wasteful:
                    matrix = self._matrices[collection_id] = self._load(collection_id, dimension, metric)
        return matrix

    @contextmanager
    def changing(self, collection_id: int) -> Iterator["Changing"]:
        """Around a transaction that changes passages: what it did is told once it is committed, and then is found."""
        with self._changing(collection_id):
            changing = Changing()
            yield changing
            matrix = self._matrices.get(collection_id)
            if matrix is None or changing.change is None:
                return
            try:
                _apply(matrix, changing.change)
            except BaseException:
                self.forget(collection_id)  # what is committed will be read again
                raise

    def forget(self, collection_id: int) -> None:
        """It is deleted, or is to be read again."""
        self._matrices.pop(collection_id, None)

    @contextmanager
    def _changing(self, collection_id: int) -> Iterator[None]:
        with self._lock:
            lock = self._locks.setdefault(collection_id, threading.Lock())
        with lock:
            yield

    def _load(self, collection_id: int, dimension: int, metric: str) -> "Matrix":
        import numpy as np

        from nacre.engines.retrieval.matrix import Matrix

        matrix = Matrix(dimension, metric)
        with self._store.read() as connection:
            ids, documents = _passages(connection, collection_id)
            for some, numbers in vectors.read(connection, collection_id, dimension):
                at = np.searchsorted(ids, some)
                if len(ids) == 0 or (ids[np.minimum(at, len(ids) - 1)] != some).any():
                    raise _damaged(collection_id)
                matrix.add(some, documents[at], numbers)
        if len(matrix) != len(ids):
            raise _damaged(collection_id)
        return matrix


@dataclass
class Changing:
    """`change` is set by whoever makes it, before the transaction ends."""

    change: Change | None = None


def _apply(matrix: "Matrix", change: Change) -> None:
    if change.removed:
        matrix.remove(change.removed)
    matrix.add(change.ids, change.documents, change.vectors)


def _passages(connection: Connection, collection_id: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    import numpy as np

    rows = native(connection).execute(
        "SELECT id, document_id FROM knowledge_base WHERE collection_id = ? ORDER BY id", (collection_id,)
    )
    pairs = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def _damaged(collection_id: int) -> Damaged:
    return Damaged(
        "knowledge-damaged",
        f"The passages of collection {collection_id} and their vectors are not the same in number or name.",
        hint="Restore data.db from a backup, or delete the collection and add its documents again.",
    )
