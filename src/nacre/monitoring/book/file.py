"""The file metrics.db: opened, and made anew where it is missing, damaged or of another version."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import structlog

from nacre.core.errors import Unavailable

_VERSION = 1
_SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
_BUSY_MS = 200
_log = structlog.get_logger()


class File:
    """`writing` is for one thread; `reading` for any. What is in it may be lost: nothing but charts depends on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = 0
        """How often it was opened to be written: whoever remembers what is in it compares."""
        self._writer: apsw.Connection | None = None
        self._inodes: list[int] = []

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """A transaction. Raises apsw.Error where it cannot be now: it is locked, or the disk is full.

        A file that was deleted or is damaged is made anew; the transaction in which that shows is lost.
        """
        try:
            connection = self._open()
            with connection:
                yield connection
        except (apsw.BusyError, apsw.LockedError, apsw.FullError):
            raise
        except apsw.Error as error:
            self.close()
            if isinstance(error, apsw.NotADBError | apsw.CorruptError):
                _log.warning("metrics.db is damaged, and is made anew", error=str(error))
                self._remove("", "-wal", "-shm")
            raise

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection | None]:
        """None where there is nothing yet. Raises Unavailable "metrics-unreadable"."""
        try:
            connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
        except apsw.CantOpenError:
            yield None
            return
        connection.set_busy_timeout(_BUSY_MS)
        try:
            yield connection
        except apsw.Error as error:
            raise Unavailable(
                "metrics-unreadable",
                f"What was measured cannot be read now: {error}.",
                hint="Ask again in a minute: metrics.db is made anew where it is damaged.",
            ) from error
        finally:
            connection.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close(True)
            self._writer = None

    def _open(self) -> apsw.Connection:
        if self._writer is not None and self._inodes != self._there():
            self.close()  # it was deleted or replaced: else we would write on into nothing
        if self._writer is None:
            if not self.path.exists():
                self._remove("-wal", "-shm")
                self.path.touch(mode=0o600)
            connection = apsw.Connection(str(self.path))
            connection.set_busy_timeout(_BUSY_MS)
            # Nothing is waited for: what a power cut takes is some minutes of charts.
            connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY")
            self._prepare(connection)
            self._writer, self._inodes = connection, self._there()
            self.opened += 1
        return self._writer

    def _prepare(self, connection: apsw.Connection) -> None:
        version = connection.pragma("user_version")
        if version not in (0, _VERSION):
            connection.close()
            raise apsw.CorruptError(f"it is of version {version}, and this Nacre's is {_VERSION}")
        if version == 0:
            with connection:
                connection.execute(_SCHEMA)
                connection.pragma("user_version", _VERSION)

    def _there(self) -> list[int]:
        """Which files lie there now, by their inodes."""
        paths = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return [path.stat().st_ino for path in paths if path.exists()]

    def _remove(self, *suffixes: str) -> None:
        for suffix in suffixes:
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def rows(connection: apsw.Connection, sql: str, values: Sequence[int | str] = ()) -> list[tuple[Any, ...]]:
    """What a query gives; what is in its columns is known to whoever wrote it."""
    return connection.execute(sql, values).fetchall()
