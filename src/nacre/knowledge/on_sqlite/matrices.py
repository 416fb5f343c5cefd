"""The vectors of collections in memory: read from SQLite when first searched, then kept in step with every change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

_LAST = (1 << 63) - 1
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
        self._coming: dict[int, _Kept] = {}
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

    def warm(self, coming: Row[Any]) -> None:
        """Read in advance what is about to be searched instead of what is in memory, where that is."""
        if coming.id not in self._matrices:
            return
        with self._changing(coming.id):
            kept = self._coming.get(coming.id)
            if kept is None or kept.generation != coming.generation:
                with suppress(Damaged):  # it was cancelled, and its vectors are going
                    self._coming[coming.id] = _Kept(coming.generation, self._load(coming, up_to=coming.done_to))

    @contextmanager
    def changing(self, collection_id: int) -> Iterator["Told"]:
        """Around a transaction that changes passages: what it did is told once it is committed, and then is found."""
        with self._changing(collection_id):
            told = Told()
            yield told
            try:
                self._follow(collection_id, told)
            except BaseException:
                self._forget(collection_id)  # what is committed will be read again
                raise
            if told.forgone or told.moved or told.dropped or told.mended:
                coming = self._coming.pop(collection_id, None)
                if told.moved or told.dropped or told.mended:
                    self._forget(collection_id)
                if told.moved and coming is not None:
                    self._matrices[collection_id] = coming

    def _follow(self, collection_id: int, told: "Told") -> None:
        kept, coming = self._matrices.get(collection_id), self._coming.get(collection_id)
        for change in told.changes:
            if kept is not None:
                kept.matrix.change(change.removed, change.ids, change.documents, change.vectors)
            if coming is not None and change.removed:
                coming.matrix.remove(change.removed)
        for change in told.embedded:
            if coming is not None:
                coming.matrix.add(change.ids, change.documents, change.vectors)

    def _forget(self, collection_id: int) -> None:
        self._matrices.pop(collection_id, None)
        self._coming.pop(collection_id, None)

    @contextmanager
    def _changing(self, collection_id: int) -> Iterator[None]:
        with self._lock:
            lock = self._locks.setdefault(collection_id, threading.Lock())
        with lock:
            yield

    def _load(self, collection: Row[Any], up_to: int | None = None) -> "Matrix":
        """`up_to` is the last passage that has a vector, where it is not searched yet."""
        import numpy as np

        from nacre.engines.retrieval.matrix import Matrix

        matrix = Matrix(collection.dimension, collection.metric)
        with self._database.read() as connection:
            if up_to is None and native(connection).execute(_GENERATION, (collection.id,)).get != collection.generation:
                raise moved(collection)
            ids, documents = _passages(connection, collection.id, _LAST if up_to is None else up_to)
            for some, numbers in vectors.read(connection, vectors.Place.of(collection)):
                at = np.searchsorted(ids, some)
                if len(ids) == 0 or (ids[np.minimum(at, len(ids) - 1)] != some).any():
                    raise Damaged("knowledge-damaged", "Its passages and their vectors are not the same.")
                matrix.add(some, documents[at], numbers)
        if len(matrix) != len(ids):
            raise Damaged("knowledge-damaged", "Its passages and their vectors are not the same.")
        return matrix


@dataclass(frozen=True)
class _Kept:
    generation: int
    matrix: "Matrix"

    def serves(self, collection: Row[Any]) -> bool:
        return self.generation == collection.generation and not self.matrix.wasteful


@dataclass
class Told:
    """What a transaction did, in its order, told before it ends.

    `embedded` got vectors of the generation that is coming, which is searched from now on (`moved`), or will not be
    (`forgone`). `dropped`: there is nothing left to search; `mended`: what is in memory is to be read
    again.
    """

    changes: list[Change] = field(default_factory=list)
    embedded: list[Change] = field(default_factory=list)
    moved: bool = False
    forgone: bool = False
    dropped: bool = False
    mended: bool = False


def _passages(connection: Connection, collection_id: int, up_to: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    import numpy as np

    rows = native(connection).execute(
        "SELECT id, document_id FROM knowledge_base WHERE collection_id = ? AND id <= ? ORDER BY id",
        (collection_id, up_to),
    )
    pairs = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()
