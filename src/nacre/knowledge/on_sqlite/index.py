"""The index of collections in SQLite; each step is in a module of its own beside this one."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from nacre.core.errors import Damaged
from nacre.core.store.database import Database
from nacre.core.store.store import native
from nacre.engines.retrieval.folding import folded
from nacre.knowledge.filters import Condition
from nacre.knowledge.index import Faults, Nearest, Passage, Prepared, Remains, Scan, Scored
from nacre.knowledge.on_sqlite import mending, vectors, wordindex, writing
from nacre.knowledge.on_sqlite.conditions import where
from nacre.knowledge.on_sqlite.damage import damaged, told_of
from nacre.knowledge.on_sqlite.matrices import Matrices, Told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.engines.retrieval.matrix import Matrix
    from nacre.knowledge.embedding import Floats

COARSE_FROM_BYTES = 1 << 30
"""From how large on the vectors of a collection are searched coarsely first: exactly, they take some 40 ms to read."""

_DIGEST = "SELECT name, digest FROM knowledge_document WHERE collection_id = ? AND name = ?"
_WITHDRAW = "DELETE FROM knowledge_pending WHERE collection_id = ? AND name = ?"
_PASSAGES = """
SELECT p.id, p.document_id, d.name, c.name, p.position, p.start, p.page, p.context, p.text, d.metadata
FROM knowledge_base p
JOIN knowledge_document d ON d.id = p.document_id
JOIN knowledge_collection c ON c.id = p.collection_id
WHERE p.id IN (SELECT value FROM json_each(?))
"""


class OnSqlite:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._matrices = Matrices(database)
        self._damaged: dict[int, str] = {}

    def make(self, connection: Connection, collection: Row[Any]) -> None:
        self.make_vectors(connection, collection)
        wordindex.make_index(connection, collection.id)

    def make_vectors(self, connection: Connection, collection: Row[Any]) -> None:
        vectors.make_table(connection, collection.dimension)

    def warm(self, coming: Row[Any]) -> None:
        self._matrices.warm(coming)

    @contextmanager
    def changing(self, collection: Row[Any]) -> Iterator["_Changing"]:
        with self._matrices.changing(collection.id) as told, self._database.write() as connection:
            yield _Changing(self._database, connection, collection, told)

    def look(self, connection: Connection, collection: Row[Any]) -> str | None:
        with suppress(Damaged), told_of(collection):
            differ = mending.counts_differ(native(connection), collection)
            self._note(collection, differ)
            return differ
        self._note(collection, "a part of it cannot be read")
        return self._damaged[collection.id]

    def faults(self, connection: Connection, collection: Row[Any]) -> Faults:
        with told_of(collection):
            found = mending.faults(native(connection), collection)
        self._note(collection, "its passages, their vectors and words are not the same" if found else None)
        return found

    def clear(self, connection: Connection, remains: Remains) -> bool:
        database = native(connection)
        if vectors.clear(database, remains.dimension, remains.collection_id, remains.generation):
            return True
        return remains.generation is None and wordindex.clear(database, remains.collection_id)

    def digests(self, connection: Connection, collection: Row[Any], names: Sequence[str]) -> dict[str, str]:
        number = collection.id
        return dict(native(connection).executemany(_DIGEST, ((number, name) for name in names)))

    def nearest(
        self,
        connection: Connection,
        collection: Row[Any],
        query: "Floats",
        limit: int,
        conditions: Sequence[Condition],
        scan: Scan,
    ) -> Nearest:
        matrix = self._matrix(collection)
        among = _documents(connection, collection.id, conditions) if conditions else None
        large = scan == "auto" and matrix.size_bytes >= COARSE_FROM_BYTES
        coarse = collection.metric != "l2" and (scan == "coarse" or large)
        found = matrix.nearest(query, limit, among, coarse=coarse)
        return Nearest([Scored(near.id, near.similarity) for near in found], coarse)

    def similarities(
        self, connection: Connection, collection: Row[Any], query: "Floats", ids: Sequence[int]
    ) -> dict[int, float]:
        return self._matrix(collection).similarities(query, ids)

    def by_words(
        self,
        connection: Connection,
        collection: Row[Any],
        text: str,
        limit: int,
        conditions: Sequence[Condition],
    ) -> list[Scored]:
        self._refuse_damaged(collection)
        with told_of(collection):
            return wordindex.best(connection, collection.id, folded(text, collection.folding), limit, where(conditions))

    def vectors(self, connection: Connection, collection: Row[Any], ids: Sequence[int]) -> "Floats":
        return vectors.of(connection, vectors.Place.of(collection), ids)

    def count(self, connection: Connection, collection: Row[Any], conditions: Sequence[Condition]) -> int:
        met = where(conditions)
        counted = native(connection).execute(
            "SELECT count(*) FROM knowledge_base p JOIN knowledge_document d ON d.id = p.document_id "  # noqa: S608
            f"WHERE p.collection_id = ? AND {met.sql}",
            (collection.id, *met.values),
        )
        return int(counted.get)

    def passages(self, connection: Connection, ids: Sequence[int]) -> dict[int, Passage]:
        rows = native(connection).execute(_PASSAGES, (json.dumps(list(ids)),))
        return {row[0]: Passage._make((*row[:-1], json.loads(row[-1]))) for row in rows}

    def _matrix(self, collection: Row[Any]) -> "Matrix":
        self._refuse_damaged(collection)
        with told_of(collection):
            return self._matrices.of(collection)

    def _note(self, collection: Row[Any], damage: str | None) -> None:
        if damage is None:
            self._damaged.pop(collection.id, None)
        else:
            self._damaged[collection.id] = damage

    def _refuse_damaged(self, collection: Row[Any]) -> None:
        if collection.id in self._damaged:
            raise damaged(collection, self._damaged[collection.id])


class _Changing:
    def __init__(self, database: Database, connection: Connection, collection: Row[Any], told: Told) -> None:
        self._database = database
        self.connection = connection
        self._collection = collection
        self._told = told

    def withdraw(self, names: Sequence[str]) -> int:
        database, number = native(self.connection), self._collection.id
        before = database.total_changes()
        database.executemany(_WITHDRAW, ((number, name) for name in names))
        return database.total_changes() - before

    def put(self, prepared: Sequence[Prepared], by: str, now: datetime) -> None:
        self._told.changes.append(writing.put(self.connection, self._collection, prepared, by, now))

    def take_out(self, documents: Sequence[int]) -> None:
        self._told.changes.append(writing.take_out(self.connection, self._collection, documents))

    def embed(self, coming: Row[Any], ids: Sequence[int], numbers: "Floats") -> None:
        self._told.embedded.append(writing.embed(self.connection, coming, ids, numbers))

    def moved(self) -> None:
        self._told.moved = True

    def forgone(self) -> None:
        self._told.forgone = True

    def mend(self, ids: Sequence[int], vectors: "Floats") -> None:
        with self._database.read() as reading:
            mending.mend(native(self.connection), native(reading), self._collection, ids, vectors)
        self._told.mended = True

    def drop(self) -> None:
        self._told.dropped = True


def _documents(connection: Connection, collection_id: int, conditions: Sequence[Condition]) -> "NDArray[np.int64]":
    """The numbers of the documents that meet the conditions."""
    import numpy as np

    met = where(conditions)
    rows = native(connection).execute(
        f"SELECT d.id FROM knowledge_document d WHERE d.collection_id = ? AND {met.sql}",  # noqa: S608
        (collection_id, *met.values),
    )
    return np.fromiter((id_ for (id_,) in rows), np.int64)
