"""apsw as a Python DB-API module, so that the whole program uses one SQLite build, SQLAlchemy included.

CPython's own sqlite3 is often built without extension loading and on releases with a known WAL-reset corruption
(fixed from 3.51.3); two builds must never open the same file. Only what SQLAlchemy's SQLite dialect calls is here.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import apsw

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"
Binary = bytes
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))


class Error(Exception):
    pass


class DatabaseError(Error):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class InterfaceError(Error):
    pass


class DataError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


def connect(filename: str) -> "Connection":
    return Connection(apsw.Connection(filename))


class Connection:
    """One connection; transactions are begun by the dialect (see dialect.py), never implicitly."""

    def __init__(self, native: apsw.Connection) -> None:
        self.native = native
        self.autocommit = False

    def cursor(self) -> "Cursor":
        return Cursor(self.native)

    def begin(self) -> None:
        self._run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self.native.in_transaction:
            self._run("COMMIT")

    def rollback(self) -> None:
        if self.native.in_transaction:
            self._run("ROLLBACK")

    def close(self) -> None:
        self.native.close()

    def _run(self, sql: str) -> None:
        try:
            self.native.execute(sql)
        except apsw.Error as error:
            raise _of(error) from error


class Cursor:
    arraysize = 1

    def __init__(self, native: apsw.Connection) -> None:
        self._connection = native
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Cursor":
        return self.executemany(sql, [parameters])

    def executemany(self, sql: str, many: Sequence[Sequence[Any]]) -> "Cursor":
        changes = self._connection.total_changes()
        rows: list[tuple[Any, ...]] = []
        try:
            cursor = self._connection.cursor()
            cursor.exec_trace = self._describe
            for parameters in many:
                rows.extend(cursor.execute(sql, tuple(parameters)))
        except apsw.Error as error:
            raise _of(error) from error
        self._rows = iter(rows)
        self.rowcount = self._connection.total_changes() - changes
        self.lastrowid = self._connection.last_insert_rowid()
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return [row for _, row in zip(range(size or self.arraysize), self._rows, strict=False)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())

    def _describe(self, cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        """Note the columns as the statement starts: apsw forgets them once the last row is out."""
        columns = cursor.get_description()
        self.description = [(column[0], None, None, None, None, None, None) for column in columns] or None
        return True


def _of(error: apsw.Error) -> DatabaseError:
    kind = IntegrityError if isinstance(error, apsw.ConstraintError) else OperationalError
    return kind(str(error))
