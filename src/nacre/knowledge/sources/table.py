"""The rows of a table, or of a query, of a branch's database: each is a document, as whoever added it may read it."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

from blake3 import blake3
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal
from pydantic import Field, JsonValue

from nacre.branches.catalog import Catalog
from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.knowledge.sources.item import Document, Item, Items, Memory, Settings
from nacre.knowledge.sources.project import may_work_in, same_branch
from nacre.queries.names import parse_table
from nacre.queries.reach import Reach

_ROWS_AT_ONCE = 500
_LONGEST_TITLE = 200


class Rows(Settings):
    """`table`, or the result of `query`. `key` names a document, the columns of `text` are what it says, those of
    `metadata` what it can be filtered by. With `updated_at` only rows whose value of that changed are read."""

    ref: Ref
    branch_id: int = 0
    database: str | None = None
    table: str | None = None
    query: str | None = None
    key: str
    text: Annotated[tuple[str, ...], Field(min_length=1)]
    metadata: tuple[str, ...] = ()
    updated_at: str | None = None


class TableRows:
    settings = Rows
    every_s = 600.0

    def __init__(self, catalog: Catalog, reach: Reach) -> None:
        self._catalog = catalog
        self._reach = reach

    def settled(self, settings: Rows) -> Rows:
        return settings.model_copy(update={"branch_id": self._catalog.branch(settings.ref).id})

    def check(self, who: Principal, settings: Rows) -> None:
        """Also what the database says to its columns: InvalidInput "sql-error"."""
        self.allow(who, settings)
        if (settings.table is None) == (settings.query is None):
            raise InvalidInput("bad-source", "It is read from a table or from a query.", hint="Name one of the two.")
        with self._reach.connection(settings.ref, settings.database, read_only=True) as connection:
            connection.execute(SQL("{} LIMIT 0").format(_whole(settings)))

    def allow(self, who: Principal, settings: Rows) -> None:
        may_work_in(who, settings.ref)
        same_branch(self._catalog, settings.ref, settings.branch_id)

    def position(self, settings: Rows) -> JsonValue:
        return None

    def items(self, who: Principal, settings: Rows, memory: Memory) -> Items:
        with (
            self._reach.connection(settings.ref, settings.database, read_only=True) as connection,
            connection.transaction(),
        ):
            # What is read of a row later is of the same moment as what told that it changed.
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield from (
                _stamped(connection, settings, settings.updated_at)
                if settings.updated_at
                else _read(connection, settings)
            )


def _read(connection: Connection[Any], settings: Rows) -> Iterator[Item]:
    for key, *values in _rows(connection, _whole(settings)):
        document = _document(settings, key, values)
        if key is not None and document is not None:
            told = json.dumps([document.content, dict(document.metadata)], sort_keys=True)
            yield Item(key, blake3(told.encode()).hexdigest()[:32], partial(_same, document))


def _stamped(connection: Connection[Any], settings: Rows, stamp: str) -> Iterator[Item]:
    for key, value in _rows(connection, _select(settings, [_as_text(settings.key), _as_text(stamp)])):
        if key is not None:
            yield Item(key, value or "", partial(_found, connection, settings, key))


def _same(document: Document) -> Document:
    return document


def _found(connection: Connection[Any], settings: Rows, key: str) -> Document | None:
    row = connection.execute(_whole(settings, key)).fetchone()
    return None if row is None else _document(settings, key, row[1:])


def _rows(connection: Connection[Any], statement: Composed) -> Iterator[tuple[Any, ...]]:
    """By a cursor of the server's, so that no more than a few hundred rows are here at a time."""
    with connection.cursor(name="nacre_source") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(statement)
        yield from cursor


def _whole(settings: Rows, key: str | None = None) -> Composed:
    columns = [
        _as_text(settings.key),
        *map(_as_text, settings.text),
        *(SQL("to_jsonb({})").format(Identifier("source", name)) for name in settings.metadata),
    ]
    return _select(settings, columns, key)


def _select(settings: Rows, columns: Sequence[Composable], key: str | None = None) -> Composed:
    """One row, or all in the order of the key, so that a bound leaves out the same ones each time."""
    named = Identifier("source", settings.key)
    which = SQL("ORDER BY {}").format(named) if key is None else SQL("WHERE {} = {}").format(named, Literal(key))
    return SQL("SELECT {} FROM {} AS source {}").format(SQL(", ").join(columns), _from(settings), which)


def _from(settings: Rows) -> Composable:
    if settings.query is None:
        return parse_table(settings.table or "").sql
    # The line break ends a comment at the end of the query.
    return SQL("({}\n)").format(SQL(settings.query))


def _as_text(column: str) -> Composable:
    return SQL("{}::text").format(Identifier("source", column))


def _document(settings: Rows, key: str, values: Sequence[Any]) -> Document | None:
    """The first of several texts, where it is short, is the heading. A row without text is no document."""
    width = len(settings.text)
    texts = [text.strip() for text in values[:width] if text is not None and text.strip()]
    if not texts:
        return None
    if len(texts) > 1 and values[0] and _is_title(texts[0]):
        texts[0] = f"# {texts[0]}"
    metadata: dict[str, JsonValue] = {"project": str(settings.ref), "key": key}
    if settings.table is not None:
        metadata["table"] = settings.table
    own = zip(settings.metadata, values[width:], strict=True)
    return Document("\n\n".join(texts), metadata | {name: value for name, value in own if value is not None})


def _is_title(text: str) -> bool:
    return "\n" not in text and len(text) <= _LONGEST_TITLE
