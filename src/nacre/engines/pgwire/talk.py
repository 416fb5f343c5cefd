"""What a connection remembers between statements: its transaction, cursors, prepared statements and settings."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Generic

from nacre.engines.pgwire.backend import Backend, Column, Row, Rows, S, Shape
from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.statements import (
    Begin,
    Close,
    Commit,
    Deallocate,
    Declare,
    Fetch,
    Nothing,
    Query,
    Release,
    Rollback,
    RollbackTo,
    Savepoint,
    Set,
    Show,
    Statement,
)

IDLE, OPEN, FAILED = b"I", b"T", b"E"
"""How a connection is between statements, as ReadyForQuery says it."""

_MOST_KEPT = 1000
_SETTINGS = {
    "server_version": "15.0",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "application_name": "",
    "is_superuser": "off",
    "session_authorization": "",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "GMT",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
    "search_path": "public",
    "transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "in_hot_standby": "off",
    "max_identifier_length": "63",
}
REPORTED = {
    "server_version": "server_version", "server_encoding": "server_encoding", "client_encoding": "client_encoding",
    "application_name": "application_name", "is_superuser": "is_superuser",
    "session_authorization": "session_authorization", "datestyle": "DateStyle", "intervalstyle": "IntervalStyle",
    "timezone": "TimeZone", "integer_datetimes": "integer_datetimes",
    "standard_conforming_strings": "standard_conforming_strings", "in_hot_standby": "in_hot_standby",
    "default_transaction_read_only": "default_transaction_read_only", "search_path": "search_path",
}  # fmt: skip
"""The settings that a client is told at its start, in the spelling that clients know."""


@dataclass
class Prepared:
    """`oids` are the types of the parameters as far as the client named them."""

    statement: Statement | None
    shape: Shape
    oids: tuple[int, ...] = ()


@dataclass
class Answer:
    """`tag` is what the statement ends with; where there are rows, `%` in it stands for their number."""

    tag: str
    rows: Rows | None = None
    lasts: bool = False
    """Whether the rows are a cursor's, which goes on after this statement."""


@dataclass
class _Cursor:
    rows: Rows
    depth: int


class Talk(Generic[S]):
    """One client's, once it is let in. `status` is how it is between statements."""

    def __init__(self, backend: Backend[S], session: S) -> None:
        self._backend = backend
        self._session = session
        self.settings = dict(_SETTINGS)
        self.status = IDLE
        self.prepared: dict[str, Prepared] = {}
        self._savepoints: list[str] = []
        self._cursors: dict[str, _Cursor] = {}

    def describe(self, statement: Statement | None) -> Shape:
        """What a statement takes and gives. Raises SqlError."""
        match statement:
            case Query(text):
                return self._backend.describe(self._session, text)
            case Declare(_, query):
                return Shape(self._backend.describe(self._session, query).parameters, ())
            case Fetch(cursor, _, forgets=False):
                return Shape(0, self._cursor(cursor).rows.columns)
            case Show(name):
                return Shape(0, (Column(name),))
            case _:
                return Shape(0, ())

    def cursor_columns(self, name: str) -> tuple[Column, ...]:
        """Raises SqlError 34000."""
        return self._cursor(name).rows.columns

    async def execute(self, statement: Statement, parameters: Row) -> Answer:
        """Begin to answer one statement. Raises SqlError; `failed` must be called then."""
        if self.status == FAILED and not isinstance(statement, Commit | Rollback | RollbackTo):
            raise SqlError("25P02", "The transaction has failed; nothing is done until it ends.", hint="ROLLBACK")
        match statement:
            case Query(text):
                return Answer("SELECT %", self._backend.run(self._session, text, parameters))
            case Declare(cursor, query):
                return await self._declare(cursor, query, parameters)
            case Fetch(cursor, count, forgets):
                return await self._fetch(cursor, count, forgets)
            case Close(cursor):
                await self._close(cursor)
                return Answer("CLOSE CURSOR")
            case Set(name, value):
                self._set(name, value)
                return Answer("SET")
            case Show(name):
                return self._show(name)
            case Deallocate(name):
                self._deallocate(name)
                return Answer("DEALLOCATE")
            case Nothing(tag):
                return Answer(tag)
            case _:
                return await self._transact(statement)

    def failed(self) -> None:
        """A statement has failed: what it was part of has, too."""
        if self.status == OPEN:
            self.status = FAILED

    async def leave(self) -> None:
        """The client has left."""
        await self.end()
        await self._backend.gone(self._session)

    async def end(self) -> None:
        """A transaction ends: nobody wants more of any cursor."""
        cursors, self._cursors = list(self._cursors.values()), {}
        for cursor in cursors:
            await close(cursor.rows)

    async def _transact(self, statement: Statement) -> Answer:
        match statement:
            case Begin():
                self.status = OPEN
                return Answer("BEGIN")
            case Commit() | Rollback():
                failed = self.status == FAILED
                self.status = IDLE
                self._savepoints.clear()
                await self.end()
                return Answer("COMMIT" if isinstance(statement, Commit) and not failed else "ROLLBACK")
            case Savepoint(name):
                if len(self._savepoints) >= _MOST_KEPT:
                    raise SqlError("54000", "There are too many savepoints.")
                self._savepoints.append(name)
                return Answer("SAVEPOINT")
            case Release(name):
                del self._savepoints[self._savepoint(name) :]
                return Answer("RELEASE")
            case RollbackTo(name):
                depth = self._savepoint(name) + 1
                del self._savepoints[depth:]
                for cursor in [name for name, each in self._cursors.items() if each.depth >= depth]:
                    await self._close(cursor)
                self.status = OPEN
                return Answer("ROLLBACK")
            case _:
                raise SqlError("0A000", "This statement is not understood here.")

    async def _declare(self, name: str, query: str, parameters: Row) -> Answer:
        if self.status != OPEN:
            raise SqlError("25P01", "A cursor lives in a transaction.", hint="BEGIN one first.")
        if name in self._cursors:
            raise SqlError("42P03", f"There is a cursor “{name}” already.")
        if len(self._cursors) >= _MOST_KEPT:
            raise SqlError("54000", "There are too many cursors.", hint="CLOSE those that are read.")
        self._cursors[name] = _Cursor(self._backend.run(self._session, query, parameters), len(self._savepoints))
        return Answer("DECLARE CURSOR")

    async def _fetch(self, name: str, count: int, forgets: bool) -> Answer:
        rows = self._cursor(name).rows
        if not forgets:
            return Answer("FETCH %", Rows(rows.columns, _first(rows.rows, count), rows.lively), lasts=True)
        moved = 0
        async for _ in _first(rows.rows, count):
            moved += 1
        return Answer(f"MOVE {moved}")

    async def _close(self, name: str | None) -> None:
        if name is None:
            await self.end()
            return
        await close(self._cursor(name).rows)
        del self._cursors[name]

    def _set(self, name: str, value: str) -> None:
        if name == "client_encoding" and value.lower().replace("-", "") not in (
            "utf8",
            "unicode",
            "sql_ascii",
            "default",
        ):
            raise SqlError("22023", f"Only UTF-8 is spoken here, not {value:.40}.", hint="SET client_encoding = 'UTF8'")
        if name not in self.settings and len(self.settings) >= _MOST_KEPT:
            raise SqlError("54000", "There are too many settings.")
        self.settings[name] = value[:1000]

    def _show(self, name: str) -> Answer:
        if name not in self.settings:
            raise SqlError("42704", f"There is no setting “{name:.80}”.")
        return Answer("SHOW", Rows((Column(name),), _one((self.settings[name],))))

    def _deallocate(self, name: str | None) -> None:
        if name is None:
            self.prepared.clear()
        elif self.prepared.pop(name, None) is None:
            raise SqlError("26000", f"There is no prepared statement “{name:.80}”.")

    def _cursor(self, name: str) -> "_Cursor":
        if name not in self._cursors:
            raise SqlError("34000", f"There is no cursor “{name:.80}”.")
        return self._cursors[name]

    def _savepoint(self, name: str) -> int:
        for at in range(len(self._savepoints) - 1, -1, -1):
            if self._savepoints[at] == name:
                return at
        raise SqlError("3B001", f"There is no savepoint “{name:.80}”.")


async def close(rows: Rows) -> None:
    """Let go of rows that nobody will pull any more."""
    if isinstance(rows.rows, AsyncGenerator):
        with contextlib.suppress(SqlError):
            await rows.rows.aclose()


async def _first(rows: AsyncIterator[Row], count: int) -> AsyncIterator[Row]:
    while count > 0:
        try:
            row = await anext(rows)
        except StopAsyncIteration:
            return
        yield row
        count -= 1


async def _one(row: Row) -> AsyncIterator[Row]:
    yield row
