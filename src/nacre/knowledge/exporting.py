"""Gives a collection out as a file that others read: JSONL or Parquet, a line or row for each passage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, select

from nacre.core.clock import Clock
from nacre.core.operations import Stream
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.spools import Spools
from nacre.core.store.database import Database
from nacre.engines.interchange import interchange
from nacre.engines.interchange.interchange import Format
from nacre.engines.processes.users import Account
from nacre.knowledge.collections import to_read
from nacre.knowledge.contents import batches
from nacre.knowledge.index import Index
from nacre.knowledge.tables import collections, passages

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

FORMAT = 1
_DESCRIBED = ("name", "model", "digest", "dimension", "metric", "chunking", "folding")
_TYPES: dict[Format, str] = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True)
class Exporting:
    """Called from worker threads. `account` is whom files are written as, None for this process's own user."""

    store: Database
    clock: Clock
    index: Index
    spools: Spools
    account: Account | None

    def export(self, who: Principal, name: str, format_: Format) -> Stream:
        """As it is at one moment, gathered on disk first.

        Raises NotFound "collection-not-found", NoSpace "disk-full".
        """
        spool = self.spools.new()
        with self.store.snapshot() as connection:
            number = to_read(connection, who, name).id
            row = connection.execute(select(collections).where(collections.c.id == number)).one()
            described = {field: getattr(row, field) for field in _DESCRIBED}
            described |= {"format": FORMAT, "exported_at": self.clock().isoformat()}
            account = None if self.account is None else (self.account.uid, self.account.gid)
            interchange.write(spool, format_, described, self._rows(connection, row), account)
        return Stream.of(spool.pieces(), f"{name}.{format_}", media_type=_TYPES[format_], size_bytes=len(spool))

    def _rows(self, connection: Connection, collection: Row[Any]) -> "Iterator[tuple[Sequence[Sequence[Any]], Floats]]":
        counted = select(func.count()).where(passages.c.collection_id == collection.id)
        done, total = 0, connection.execute(counted).scalar_one()
        for batch in batches(connection, self.index, collection):
            report("exporting", done=done, total=total)
            rows = [
                [one.name, one.metadata, position, part.start, part.page, part.context, part.text]
                for one in batch.documents
                for position, part in enumerate(one.parts, 1)
            ]
            yield rows, batch.vectors
            done += len(rows)
