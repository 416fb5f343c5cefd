"""The index file of one project's file history: one writer, a few readers, all through apsw's SQLite."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, cast

import apsw


class Database:
    """`journal.db`, opened in WAL mode. Only this class opens it: two SQLite builds must never share a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._idle: list[apsw.Connection] = []
        self._closed = False
        self._writer = _connect(path)
        self._writer.execute((resources.files(__package__) / "schema.sql").read_text())

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[apsw.Connection]:
        """One transaction, alone. `durable` makes it and all before it survive a power cut, not only a crash."""
        with self._lock:
            self._writer.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection for reading; inside the block every statement sees the same committed state."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = _connect(self.path)
        reader.execute("BEGIN")
        try:
            yield reader
        finally:
            reader.execute("ROLLBACK")
            if self._closed or len(self._idle) >= 4:
                reader.close()
            else:
                self._idle.append(reader)

    def shrink(self) -> None:
        """Give pages that are no longer used back to the file system."""
        with self._lock:
            self._writer.execute("PRAGMA incremental_vacuum").fetchall()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def size_bytes(self) -> int:
        """Bytes of the index on disk, its write-ahead log included."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()


def rows(db: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    return db.execute(sql, values).fetchall()


def row(db: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """The first row of one statement, or None."""
    return cast("tuple[Any, ...] | None", db.execute(sql, values).fetchone())


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # counts for a new file only
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection
