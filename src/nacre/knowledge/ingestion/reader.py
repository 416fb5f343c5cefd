"""Reads and cuts one document that waits, for whoever sent it and with the rights that they have by now."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from nacre.core.errors import Damaged
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.engines.reading.parsers import Parsers
from nacre.engines.reading.reading import read
from nacre.knowledge.collections import to_write
from nacre.knowledge.index import Index
from nacre.knowledge.ingestion.askers import Standing, by_now
from nacre.knowledge.ingestion.lane import Work
from nacre.knowledge.ingestion.spool import Spool
from nacre.knowledge.preparing import New, cut, origin_of, wanted
from nacre.knowledge.tables import collections


@dataclass(frozen=True)
class Unchanged:
    """A document that, once read, is the one that is in already."""

    origin: str | None


@dataclass(frozen=True)
class Reader:
    """`account` (uid, gid) is who parses."""

    store: Database
    index: Index
    spool: Spool
    standing: Standing
    parsers: Parsers
    account: tuple[int, int] | None

    def read(self, row: Row[Any], round_: int) -> Work | Unchanged:
        """In a thread of its own. Raises what is wrong with the document, or with whoever sent it."""
        import numpy as np

        with self.store.read() as connection:
            who, collection = self.entered(connection, row)
        new = self._new(row, collection)
        (each,) = wanted([new], collection)
        with self.store.read() as connection:
            if self.index.digests(connection, collection, [row.name]).get(row.name) == each.digest:
                return Unchanged(new.origin)
        made = cut(each, collection)
        vectors = np.empty((len(made.chunks), collection.dimension), np.float32)
        return Work(row, who, collection, made, vectors, round_)

    def entered(self, connection: Connection, row: Row[Any]) -> tuple[Principal, Row[Any]]:
        """Whoever asked, with the rights that they have by now, and the collection, which they may still fill."""
        who = by_now(self.standing, connection, row.asker)
        name = connection.execute(select(collections.c.name).where(collections.c.id == row.collection_id)).scalar()
        return who, to_write(connection, who, name or "")

    def _new(self, row: Row[Any], collection: Row[Any]) -> New:
        try:
            data = self.spool.read(row.content)
        except FileNotFoundError:
            raise Damaged(
                "document-lost", f"What “{row.name}” is made of is not on the disk any more.", hint="Send it again."
            ) from None
        if row.form == "text":
            text, metadata = data.decode(), row.metadata
        else:
            found = read(row.name, data, self.account, self.parsers.parse)
            text, metadata = found.text, {"kind": found.kind.value} | row.metadata
        return New(row.name, text, metadata, None, origin_of(row.form, row.content, row.metadata, collection.chunking))
