"""Collections that come in from elsewhere: gathered where nobody sees them, then put in their place at once.

A process that is killed on the way leaves hidden ones, which go at the next start.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select, update

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotAllowed, NotFound
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.knowledge.access import HIDDEN, may_delete
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.collections import Collection, counted, inserted, reach_of
from nacre.knowledge.contents import Batch
from nacre.knowledge.index import Index, Prepared
from nacre.knowledge.sources.packing import Packed, unpack
from nacre.knowledge.tables import clearings, collections, documents
from nacre.llm.embedding.chunking import Chunk

_ADDED = (
    update(documents)
    .where(documents.c.collection_id == bindparam("collection"), documents.c.name == bindparam("document"))
    .values(added_by=bindparam("by"), added_at=bindparam("at"))
)


@dataclass(frozen=True)
class Arriving:
    """Called from worker threads."""

    store: Database
    clock: Clock
    index: Index
    clearing: Clearing

    def begin(self, name: str, **settings: Any) -> Row[Any]:
        """`settings` are those of its row. It has another name, and is hidden, until it is settled."""
        with self.store.write() as connection:
            row = inserted(connection, name=_hidden_name(name), **settings | {"access": HIDDEN})
            self.index.make(connection, row)
            return row

    def put(self, collection: Row[Any], batch: Batch) -> None:
        """Raises NotFound "collection-not-found" when its project was deleted meanwhile."""
        prepared = _prepared(batch)
        if not prepared:
            return
        with self.index.changing(collection) as changing:
            changing.put(prepared, collection.created_by, self.clock())
            changing.connection.execute(
                _ADDED,
                [
                    {"collection": collection.id, "document": one.name, "by": one.added_by, "at": one.added_at}
                    for one in batch.documents
                ],
            )

    def add_sources(self, who: Principal, collection: Row[Any], sources: Sequence[Packed]) -> None:
        with self.store.write() as connection:
            for source in sources:
                unpack(connection, collection.id, who, source)

    def settle(self, who: Principal, collection: Row[Any], name: str, access: str, replace: bool) -> Collection:
        """Put it in its place, and the one that it replaces out of it, in one transaction.

        Raises what `require_place` does, and NotFound "collection-not-found".
        """
        with self.store.read() as connection:
            replaced = require_place(connection, who, name, replace)
        if replaced is None:
            with self.store.write() as connection:
                require_place(connection, who, name, replace=False)
                return _placed(connection, collection, name, access)
        with self.index.changing(replaced) as changing:
            changing.drop()
            self.clearing.collection_gone(changing.connection, replaced)
            settled = _placed(changing.connection, collection, name, access)
        self.clearing.wake()
        return settled

    def discard(self, collection: Row[Any]) -> None:
        with self.store.write() as connection:
            self.clearing.collection_gone(connection, collection)
        self.clearing.wake()

    def sweep(self) -> None:
        """Remove what was on its way when the process before this one ended."""
        left = collections.c.access == HIDDEN, ~exists().where(clearings.c.collection_id == collections.c.id)
        with self.store.write() as connection:
            for row in connection.execute(select(collections).where(*left)).all():
                self.clearing.collection_gone(connection, row)
        self.clearing.wake()


def require_place(connection: Connection, who: Principal, name: str, replace: bool) -> Row[Any] | None:
    """The collection of that name, which the caller may replace; None where there is none.

    Raises Conflict "collection-exists", NotAllowed "not-allowed".
    """
    row = connection.execute(select(collections).where(collections.c.name == name)).one_or_none()
    if row is None:
        return None
    if not replace:
        raise Conflict(
            "collection-exists",
            f"There is already a collection “{name}”; it may be one that you cannot see.",
            hint="Say --replace to put this one in its place, or give it another name with --as.",
        )
    if not may_delete(who, reach_of(row)):
        raise NotAllowed(
            "not-allowed",
            f"{who} may not replace the collection “{name}”.",
            hint="Give this one another name with --as.",
        )
    return row


def _placed(connection: Connection, collection: Row[Any], name: str, access: str) -> Collection:
    own = collections.c.id == collection.id, collections.c.name == collection.name
    if not connection.execute(update(collections).where(*own).values(name=name, access=access)).rowcount:
        raise NotFound("collection-not-found", f"The project of “{name}” was deleted meanwhile.")
    return counted(connection, collection.id)


def _hidden_name(name: str) -> str:
    """One that no collection can be given."""
    return f"{name} ({secrets.token_hex(8)})"


def _prepared(batch: Batch) -> list[Prepared]:
    prepared, first = [], 0
    for one in batch.documents:
        chunks = [Chunk(part.text, part.context, part.start) for part in one.parts]
        own = batch.vectors[first : first + len(chunks)]
        first += len(chunks)
        pages = [part.page for part in one.parts]
        prepared.append(Prepared(one.name, one.metadata, one.digest, one.characters, chunks, pages, own, one.origin))
    return prepared
