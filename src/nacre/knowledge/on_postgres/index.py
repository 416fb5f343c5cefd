"""The index of collections in PostgreSQL; each step is in a module of its own beside this one."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Row

from nacre.core.errors import Failed
from nacre.core.store.database import Database
from nacre.engines.retrieval.folding import folded
from nacre.knowledge.filters import Condition
from nacre.knowledge.index import Faults, Nearest, Passage, Prepared, Remains, Scan, Scored, moved
from nacre.knowledge.on_postgres import mending, vectors, wordindex, writing
from nacre.knowledge.on_postgres.conditions import where
from nacre.knowledge.on_postgres.driver import Native, native

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_LOCK = 0x6E616372
"""Whoever makes a collection holds it: what all collections share is made once."""

_DIGESTS = "SELECT name, digest FROM knowledge_document WHERE collection_id = %s AND name = ANY(%s)"
_WITHDRAW = "DELETE FROM knowledge_pending WHERE collection_id = %s AND name = ANY(%s)"
_PASSAGES = """
SELECT p.id, p.document_id, d.name, c.name, p.position, p.start, p.page, p.context, p.text, d.metadata::text
FROM knowledge_base p
JOIN knowledge_document d ON d.id = p.document_id
JOIN knowledge_collection c ON c.id = p.collection_id
WHERE p.id = ANY(%s)
"""


class OnPostgres:
    def __init__(self, database: Database, graph_from_bytes: int = vectors.GRAPH_FROM_BYTES) -> None:
        """`graph_from_bytes`: how large the vectors of a collection are when they are no more scanned, but looked for
        in a graph (HNSW), unless a search is to be exact."""
        self._database = database
        self._graph_from_bytes = graph_from_bytes

    def make(self, connection: Connection, collection: Row[Any]) -> None:
        """Raises Failed "no-pgvector"."""
        database = native(connection)
        database.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _make_extension(database)
        wordindex.make_language(database)
        self.make_vectors(connection, collection)
        wordindex.make_table(database, collection)

    def make_vectors(self, connection: Connection, collection: Row[Any]) -> None:
        vectors.make_table(native(connection), collection)

    def warm(self, coming: Row[Any]) -> None:
        """Nothing of it is kept elsewhere than in the database."""

    @contextmanager
    def changing(self, collection: Row[Any]) -> Iterator["_Changing"]:
        with self._database.write() as connection:
            yield _Changing(connection, collection, self._graph_from_bytes)

    def look(self, connection: Connection, collection: Row[Any]) -> str | None:
        """Its transactions and constraints are PostgreSQL's to keep."""
        return None

    def faults(self, connection: Connection, collection: Row[Any]) -> Faults:
        return mending.faults(native(connection), collection)

    def clear(self, connection: Connection, remains: Remains) -> bool:
        """Each collection has tables of its own here, with which all went when it was dropped, and each generation."""
        if remains.generation is not None:
            vectors.drop_generation(native(connection), remains.collection_id, remains.generation)
        return False

    def digests(self, connection: Connection, collection: Row[Any], names: Sequence[str]) -> dict[str, str]:
        return dict(native(connection).execute(_DIGESTS, (collection.id, list(names))).fetchall())

    def nearest(
        self,
        connection: Connection,
        collection: Row[Any],
        query: "Floats",
        limit: int,
        conditions: Sequence[Condition],
        scan: Scan,
    ) -> Nearest:
        with _moving(collection):
            return self._nearest(native(connection), collection, query, limit, conditions, scan)

    def _nearest(
        self,
        database: Native,
        collection: Row[Any],
        query: "Floats",
        limit: int,
        conditions: Sequence[Condition],
        scan: Scan,
    ) -> Nearest:
        met = where(conditions)
        if scan != "exact" and vectors.has_graph(database, collection):
            found = vectors.followed(database, collection, query, limit, met)
            if found is not None:
                return Nearest(found, coarse=True)
        return Nearest(vectors.scanned(database, collection, query, limit, met), coarse=False)

    def similarities(
        self, connection: Connection, collection: Row[Any], query: "Floats", ids: Sequence[int]
    ) -> dict[int, float]:
        with _moving(collection):
            return vectors.similarities(native(connection), collection, query, ids)

    def by_words(
        self,
        connection: Connection,
        collection: Row[Any],
        text: str,
        limit: int,
        conditions: Sequence[Condition],
    ) -> list[Scored]:
        sought = folded(text, collection.folding)
        return wordindex.best(native(connection), collection, sought, limit, where(conditions))

    def vectors(self, connection: Connection, collection: Row[Any], ids: Sequence[int]) -> "Floats":
        with _moving(collection):
            return vectors.of(native(connection), collection, ids)

    def count(self, connection: Connection, collection: Row[Any], conditions: Sequence[Condition]) -> int:
        met = where(conditions)
        counted = native(connection).execute(
            "SELECT count(*) FROM knowledge_base p JOIN knowledge_document d ON d.id = p.document_id "  # noqa: S608
            f"WHERE p.collection_id = %s AND {met.sql}",
            (collection.id, *met.values),
        )
        return int((counted.fetchone() or (0,))[0])

    def passages(self, connection: Connection, ids: Sequence[int]) -> dict[int, Passage]:
        rows = native(connection).execute(_PASSAGES, (list(ids),))
        return {row[0]: Passage._make((*row[:-1], json.loads(row[-1]))) for row in rows}


class _Changing:
    def __init__(self, connection: Connection, collection: Row[Any], graph_from_bytes: int) -> None:
        self.connection = connection
        self._collection = collection
        self._graph_from_bytes = graph_from_bytes

    def withdraw(self, names: Sequence[str]) -> int:
        return native(self.connection).execute(_WITHDRAW, (self._collection.id, list(names))).rowcount

    def put(self, prepared: Sequence[Prepared], by: str, now: datetime) -> None:
        writing.put(self.connection, self._collection, prepared, by, now, self._graph_from_bytes)

    def take_out(self, documents: Sequence[int]) -> None:
        writing.take_out(self.connection, self._collection, documents)

    def embed(self, coming: Row[Any], ids: Sequence[int], numbers: "Floats") -> None:
        writing.embed(self.connection, coming, ids, numbers, self._graph_from_bytes)

    def moved(self) -> None:
        """Nothing of it is kept elsewhere than in the database."""

    def forgone(self) -> None:
        """As with `moved`."""

    def mend(self, ids: Sequence[int], vectors: "Floats") -> None:
        mending.mend(native(self.connection), self._collection, ids, vectors)

    def drop(self) -> None:
        database = native(self.connection)
        vectors.drop_tables(database, self._collection)
        wordindex.drop_table(database, self._collection)


@contextmanager
def _moving(collection: Row[Any]) -> Iterator[None]:
    """The table of a generation goes when another one is searched."""
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        raise moved(collection) from error


def _make_extension(database: Native) -> None:
    try:
        database.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.Error as error:
        raise Failed(
            "no-pgvector",
            f"PostgreSQL cannot keep vectors: {str(error).strip().splitlines()[0]}.",
            hint="Install pgvector 0.8 or later beside PostgreSQL, and have a superuser run: CREATE EXTENSION vector.",
        ) from error
