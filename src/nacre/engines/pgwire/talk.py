"""What a connection remembers between statements: its transaction, cursors, prepared statements and settings."""

import asyncio
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
    Constant,
    Deallocate,
    Declare,
    Discard,
    Fetch,
    Nothing,
    Query,
    Release,
    Reset,
    Rollback,
    RollbackTo,
    Savepoint,
    Set,
    Show,
    Statement,
)

IDLE, OPEN, FAILED = b"I", b"T", b"E"
"""How a connection is between statements, as ReadyForQuery says it."""

MOST_KEPT = 1000
MOST_KEPT_BYTES = 32 << 20
"""How many things of a kind a client may have named, and how long they may be together."""
_LONGEST_SETTING = 1000
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
    """`oids` are the types of the parameters as far as the client named them, `size` the length of its text."""

    statement: Statement | None
    shape: Shape
    oids: tuple[int, ...] = ()
    size: int = 0


@dataclass
class Answer:
    """`tag` is what the statement ends with; where there are rows, `%` in it stands for their number.

    `lasts`: whether the rows are a cursor's, which goes on after this statement. `reported`: settings that became
    others, of those that clients are told.
    """

    tag: str
    rows: Rows | None = None
    lasts: bool = False
    reported: tuple[tuple[str, str], ...] = ()


@dataclass
class _Cursor:
    """`depth` is the number of savepoints at its start, `size` the length of what it asks."""

    rows: Rows
    depth: int
    size: int
    broken: bool = False

    async def next(self, count: int) -> AsyncIterator[Row]:
        """So many rows at most, and not one more is begun."""
        if self.broken:
            raise SqlError("55000", "This cursor failed, and has no more to give.", hint="Ask anew.")
        try:
            while count > 0:
                try:
                    row = await anext(self.rows.rows)
                except StopAsyncIteration:
                    return
                yield row
                count -= 1
        except (Exception, asyncio.CancelledError):
            self.broken = True
            raise


class Talk(Generic[S]):
    """One client's, once it is let in. `status` is how it is between statements."""

    def __init__(self, backend: Backend[S], session: S) -> None:
        self._backend = backend
        self._session = session
        self.settings = dict(_SETTINGS)
        self._at_first: dict[str, str] = {}
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
            case Constant(name, _):
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
                return Answer("SELECT %", self._run(text, parameters))
            case Declare(cursor, query):
                return await self._declare(cursor, query, parameters)
            case Fetch(cursor, count, forgets):
                return await self._fetch(cursor, count, forgets)
            case Close(cursor):
                await self._close(cursor)
                return Answer("CLOSE CURSOR")
            case Set(name, value):
                return Answer("SET", reported=self._set(name, value))
            case Reset(name):
                return Answer("RESET", reported=self._reset(name))
            case Discard():
                return await self._discard()
            case Constant(name, value):
                return Answer("SELECT %", Rows((Column(name),), _one((value,))))
            case Show(name):
                return self._show(name)
            case Deallocate(name):
                self._deallocate(name)
                return Answer("DEALLOCATE")
            case Nothing(tag):
                return Answer(tag)
            case _:
                return await self._transact(statement)

    def prepare(self, name: str, prepared: Prepared) -> None:
        """Raises SqlError 42P05, 54000."""
        if name and name in self.prepared:
            raise SqlError("42P05", f"There is a prepared statement “{name:.80}” already.")
        size = prepared.size + sum(each.size for each in self.prepared.values()) if name else 0
        if len(self.prepared) >= MOST_KEPT or size > MOST_KEPT_BYTES:
            raise SqlError("54000", "There are too many prepared statements.", hint="DEALLOCATE ALL")
        self.prepared[name] = prepared

    def prepared_as(self, name: str) -> Prepared:
        """Raises SqlError 26000."""
        if name not in self.prepared:
            raise SqlError("26000", f"There is no prepared statement “{name:.80}”.")
        return self.prepared[name]

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
                if len(self._savepoints) >= MOST_KEPT:
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
            raise SqlError("42P03", f"There is a cursor “{name:.80}” already.")
        size = len(query) + sum(len(each) for each in parameters if each is not None)
        kept_bytes = size + sum(each.size for each in self._cursors.values())
        if len(self._cursors) >= MOST_KEPT or kept_bytes > MOST_KEPT_BYTES:
            raise SqlError("54000", "There are too many cursors.", hint="CLOSE those that are read.")
        rows = self._run(query, parameters)
        self._cursors[name] = _Cursor(rows, len(self._savepoints), size)
        return Answer("DECLARE CURSOR")

    def _run(self, query: str, parameters: Row) -> Rows:
        """Raises SqlError 42P02 where a value is asked for that nobody gave."""
        asked = self._backend.describe(self._session, query).parameters
        if asked > len(parameters):
            raise SqlError("42P02", f"There is no parameter ${asked}.")
        return self._backend.run(self._session, query, parameters)

    async def _fetch(self, name: str, count: int, forgets: bool) -> Answer:
        cursor = self._cursor(name)
        if not forgets:
            rows = Rows(cursor.rows.columns, cursor.next(count), cursor.rows.lively)
            return Answer("FETCH %", rows, lasts=True)
        moved = 0
        async for _ in cursor.next(count):
            moved += 1
        return Answer(f"MOVE {moved}")

    async def _close(self, name: str | None) -> None:
        if name is None:
            await self.end()
            return
        await close(self._cursor(name).rows)
        del self._cursors[name]

    def _set(self, name: str, value: str) -> tuple[tuple[str, str], ...]:
        """What is to be reported of it."""
        spoken = value.lower().replace("-", "")
        if name == "client_encoding" and spoken not in ("utf8", "unicode", "sql_ascii", "default"):
            raise SqlError("22023", f"Only UTF-8 is spoken here, not {value:.40}.", hint="SET client_encoding = 'UTF8'")
        if name not in self.settings and len(self.settings) >= MOST_KEPT:
            raise SqlError("54000", "There are too many settings.")
        if name == "client_encoding":
            return ()
        self._at_first.setdefault(name, self.settings.get(name, ""))
        self.settings[name] = value[:_LONGEST_SETTING]
        return ((name, self.settings[name]),) if name in REPORTED else ()

    def _reset(self, name: str | None) -> tuple[tuple[str, str], ...]:
        """Back to what it was at first, or all of them."""
        names = list(self._at_first) if name is None else [name] if name in self._at_first else []
        for each in names:
            self.settings[each] = self._at_first.pop(each)
        return tuple((each, self.settings[each]) for each in names if each in REPORTED)

    async def _discard(self) -> Answer:
        if self.status != IDLE:
            raise SqlError("25001", "DISCARD ALL is for between transactions.")
        await self.end()
        self.prepared.clear()
        return Answer("DISCARD ALL", reported=self._reset(None))

    def _show(self, name: str) -> Answer:
        if name not in self.settings:
            raise SqlError("42704", f"There is no setting “{name:.80}”.")
        return Answer("SHOW", Rows((Column(name),), _one((self.settings[name],))))

    def _deallocate(self, name: str | None) -> None:
        if name is None:
            self.prepared.clear()
        else:
            self.prepared_as(name)
            del self.prepared[name]

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


async def _one(row: Row) -> AsyncIterator[Row]:
    yield row
