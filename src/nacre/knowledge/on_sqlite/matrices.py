"""The vectors of collections in memory: read from SQLite when first searched, then kept in step with every change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from nacre.core.errors import Damaged
from nacre.core.store.database import Database
from nacre.core.store.store import native
from nacre.knowledge.on_sqlite import vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.engines.retrieval.matrix import Matrix


@dataclass(frozen=True)
class Change:
    """What was done: `removed` documents are gone, and passages came, each with its document and vector."""

    removed: list[int]
    ids: list[int]
    documents: list[int]
    vectors: "NDArray[np.float32]"


class Matrices:
    """Called from worker threads. A collection is named by its number."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
    def changing(self, collection_id: int) -> Iterator["Told"]:
        """Around a transaction that changes passages: what it did is told once it is committed, and then is found."""
        with self._changing(collection_id):
            told = Told()
            yield told
            matrix = self._matrices.get(collection_id)
            try:
                if matrix is not None:
                    for change in told.changes:
                        matrix.change(change.removed, change.ids, change.documents, change.vectors)
            except BaseException:
                self._forget(collection_id)  # what is committed will be read again
                raise
            if told.dropped:
                self._forget(collection_id)

    def _forget(self, collection_id: int) -> None:
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
        with self._database.read() as connection:
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
class Told:
    """What a transaction did, in its order, told before it ends; `dropped`: there is nothing left to search."""

    changes: list[Change] = field(default_factory=list)
    dropped: bool = False


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
