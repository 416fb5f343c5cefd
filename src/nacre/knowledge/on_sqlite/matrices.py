"""The vectors of collections in memory: read from SQLite when first searched, then kept in step with every change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from nacre.core.errors import Damaged
from nacre.core.store.database import Database
from nacre.core.store.store import native
from nacre.knowledge.index import moved
from nacre.knowledge.on_sqlite import vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.engines.retrieval.matrix import Matrix

_GENERATION = "SELECT generation FROM knowledge_collection WHERE id = ?"


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
        self._matrices: dict[int, _Kept] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, collection: Row[Any]) -> "Matrix":
        """Raises Damaged "knowledge-damaged", Moved when its vectors are of another model than the row says."""
        kept = self._matrices.get(collection.id)
        if kept is None or not kept.serves(collection):
            with self._changing(collection.id):
                kept = self._matrices.get(collection.id)
                if kept is None or not kept.serves(collection):
                    kept = self._matrices[collection.id] = _Kept(collection.generation, self._load(collection))
        return kept.matrix

    @contextmanager
    def changing(self, collection_id: int) -> Iterator["Told"]:
        """Around a transaction that changes passages: what it did is told once it is committed, and then is found."""
        with self._changing(collection_id):
            told = Told()
            yield told
            kept = self._matrices.get(collection_id)
            try:
                if kept is not None:
                    for change in told.changes:
                        kept.matrix.change(change.removed, change.ids, change.documents, change.vectors)
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

    def _load(self, collection: Row[Any]) -> "Matrix":
        import numpy as np

        from nacre.engines.retrieval.matrix import Matrix

        matrix = Matrix(collection.dimension, collection.metric)
        with self._database.read() as connection:
            if native(connection).execute(_GENERATION, (collection.id,)).get != collection.generation:
                raise moved(collection)
            ids, documents = _passages(connection, collection.id)
            for some, numbers in vectors.read(connection, vectors.Place.of(collection)):
                at = np.searchsorted(ids, some)
                if len(ids) == 0 or (ids[np.minimum(at, len(ids) - 1)] != some).any():
                    raise _damaged(collection.id)
                matrix.add(some, documents[at], numbers)
        if len(matrix) != len(ids):
            raise _damaged(collection.id)
        return matrix


@dataclass(frozen=True)
class _Kept:
    generation: int
    matrix: "Matrix"

    def serves(self, collection: Row[Any]) -> bool:
        return self.generation == collection.generation and not self.matrix.wasteful


@dataclass
class Told:
    """What a transaction did, in its order, told before it ends; `dropped`: what was searched is so no more."""

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
