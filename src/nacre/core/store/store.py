"""Opens data.db, brings its schema up to date, and hands out connections to read and to write."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

import nacre.core.store.dialect  # noqa: F401  (registers sqlite+apsw)
from nacre.core.store import dbapi
from nacre.core.store.connections import MOST, Connections, beneath
from nacre.core.store.extension import load_vectors
from nacre.core.store.migrate import migrate
from nacre.core.store.soundness import look, telling_damage
from nacre.core.store.version import check_version

_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    # Pages, 16 MB: many small writes touch the same ones, which are moved and flushed once for all of them.
    "PRAGMA wal_autocheckpoint=4000",
    # As many bytes: a log that a long reader has made grow is cut once it starts anew.
    "PRAGMA journal_size_limit=16777216",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    # Asked for more than SQLite's compiled-in limit, it takes the limit.
    "PRAGMA mmap_size=30000000000",
)


class Store:
    """The one open control-plane database of a daemon. Thread-safe; writers queue up."""

    def __init__(
        self,
        path: Path,
        migrate: Callable[[Engine], None] = migrate,
        bearable: Callable[[str], bool] = lambda table: False,
    ) -> None:
        """`migrate` brings its schema up to date. `bearable` are tables whose damage keeps it from nothing else.

        Raises Failed "sqlite-too-old", "no-sqlite-vec", Conflict "newer-database", and what soundness.py lists.
        """
        check_version(dbapi.sqlite_version_info)
        self.path = path
        self.soundness = look(path, bearable)
        """As it was found before it was opened."""
        engine = _open(path)
        self._connections = Connections(engine)
        self._write_lock = threading.Lock()
        self._writer: int | None = None
        self.version = 0
        """Grows with every write: what was read at one version still holds at the same one."""
        with telling_damage(path):
            migrate(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries; each statement sees the latest committed state."""
        with telling_damage(self.path), self._connections.one() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose statements all see one moment. While it lasts the log of writes only grows."""
        with self.read() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises.

        A write inside a write of the same thread is a mistake, and raises RuntimeError instead of waiting for itself.
        """
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("a write to the store was begun inside another one of the same thread")
        with self._write_lock:
            self._writer = me
            try:
                with telling_damage(self.path), self._connections.one() as connection:
                    database = beneath(connection)
                    database.begin()
                    yield connection
                    database.commit()
            finally:
                self.version += 1
                self._writer = None

    @property
    def connections(self) -> int:
        """How many it has open, in use or not."""
        return len(self._connections)

    def copy(self, to: Path) -> None:
        """All of it as it is at one moment, in a file that is not there yet; writers go on meanwhile."""
        copied = apsw.Connection(str(to))
        with closing(copied), self.read() as connection:
            copied.execute("PRAGMA synchronous=OFF")
            with copied.backup("main", native(connection), "main") as copying:
                copying.step(-1)

    def close(self) -> None:
        self._connections.close()


def native(connection: Connection) -> apsw.Connection:
    """The connection beneath, in the same transaction: for the few statements whose number makes SQLAlchemy's share of
    their time matter."""
    return beneath(connection).native


def _open(path: Path) -> Engine:
    engine = create_engine(f"sqlite+apsw:///{path}", poolclass=QueuePool, pool_size=1, max_overflow=MOST - 1)

    @event.listens_for(engine, "connect")
    def _configure(connection: object, _record: object) -> None:
        assert isinstance(connection, dbapi.Connection)
        load_vectors(connection)
        for pragma in _PRAGMAS:
            connection.cursor().execute(pragma)

    return engine
