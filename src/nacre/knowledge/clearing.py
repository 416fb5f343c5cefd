"""Removes what is no longer to be found, in the background: all of a deleted collection, or vectors of an older model.

Deleting is one short transaction, after which nobody sees the collection and its name is free; what was in it goes bit
by bit, so that no other writer waits long. What is left to do stands in the database, and is taken up at the start.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from nacre.core.store.database import Database
from nacre.core.store.tables import metadata
from nacre.knowledge.access import HIDDEN
from nacre.knowledge.index import Index, Remains
from nacre.knowledge.tables import clearings, collections, reembeddings

_ROWS_AT_ONCE = 500
_REST_S = 0.005
"""Between two steps, so that others who wait to write have their turn."""

_RETRY_S = 60.0
_log = structlog.get_logger()


class Clearing:
    """Called from worker threads. What `…_gone` notes is part of the caller's transaction; `wake` it afterwards."""

    def __init__(self, database: Database, index: Index) -> None:
        self._database = database
        self._index = index
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._again = False

    def collection_gone(self, connection: Connection, collection: Row[Any]) -> None:
        """Take a collection from everybody's sight, and let its name be used again."""
        own = collections.c.id == collection.id
        unseen = update(collections).where(own).values(name=f"#{collection.id}", access=HIDDEN, project=None)
        if connection.execute(unseen).rowcount:
            coming = delete(reembeddings).where(reembeddings.c.collection_id == collection.id)
            for generation, dimension in connection.execute(
                coming.returning(reembeddings.c.generation, reembeddings.c.dimension)
            ):
                self.vectors_gone(connection, collection.id, dimension, generation)
            # Last of all, since the row of the collection goes with it.
            self._note(connection, Remains(collection.id, collection.dimension, None))

    def vectors_gone(self, connection: Connection, collection_id: int, dimension: int, generation: int) -> None:
        """The vectors of this generation are searched no more."""
        self._note(connection, Remains(collection_id, dimension, generation))

    def wake(self) -> None:
        """There is something to do: a thread does it, and ends."""
        with self._lock:
            self._again = True
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._work, name="clearing", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Between two steps; the rest is done after the next start."""
        self._stopping.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def finish(self) -> None:
        """Do all that there is to do, here and now."""
        while (remains := self._first()) is not None:
            while not self._stopping.is_set() and self._step(*remains):
                self._stopping.wait(_REST_S)
            if self._stopping.is_set():
                return

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._again or self._stopping.is_set():
                    self._thread = None
                    return
                self._again = False
            try:
                self.finish()
            except Exception:
                _log.exception("what was deleted is not removed yet", again_in_s=_RETRY_S)
                self._again = True
                self._stopping.wait(_RETRY_S)

    def _note(self, connection: Connection, remains: Remains) -> None:
        connection.execute(
            insert(clearings).values(
                collection_id=remains.collection_id, dimension=remains.dimension, generation=remains.generation
            )
        )

    def _first(self) -> tuple[int, Remains] | None:
        with self._database.read() as connection:
            row = connection.execute(select(clearings).order_by(clearings.c.id).limit(1)).one_or_none()
        return None if row is None else (row.id, Remains(row.collection_id, row.dimension, row.generation))

    def _step(self, number: int, remains: Remains) -> bool:
        """Whether there may be more to do. Each holds the lock of writers for some milliseconds."""
        with self._database.write() as connection:
            if self._index.clear(connection, remains):
                return True
            if remains.generation is None:
                for table in _tables_below():
                    if _some_deleted(connection, table, remains.collection_id):
                        return True
                connection.execute(delete(collections).where(collections.c.id == remains.collection_id))
            connection.execute(delete(clearings).where(clearings.c.id == number))
        return False


def _some_deleted(connection: Connection, table: Table, collection_id: int) -> bool:
    (key,) = table.primary_key
    some = select(key).where(table.c.collection_id == collection_id).limit(_ROWS_AT_ONCE)
    return connection.execute(delete(table).where(key.in_(some))).rowcount > 0


@cache
def _tables_below() -> Sequence[Table]:
    """Those whose rows belong to a collection, what refers to others first."""
    return [*_referring_to_collections()]


def _referring_to_collections() -> Iterator[Table]:
    for table in reversed(metadata.sorted_tables):
        column = table.c.get("collection_id")
        if table is not clearings and column is not None and column.references(collections.c.id):
            yield table
