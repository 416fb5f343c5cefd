"""The connections of a store, kept open and handed out whole: SQLAlchemy's own way of opening one anew for each use
takes longer than most of what is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

from nacre.core.store import dbapi

_KEPT = 4
MOST = 64
"""Open at once."""


class Connections:
    """Of an engine that opens MOST of them. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed = False
        self._idle: list[Connection] = []

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """The one that was used last: what it has read is still in memory. Whatever transaction is open at the end is
        rolled back; none is begun.

        When all are in use it is waited for, and sqlalchemy.exc.TimeoutError raised after half a minute.
        """
        connection = self._taken()
        try:
            yield connection
        finally:
            self._put_back(connection)

    def __len__(self) -> int:
        """How many are open, in use or not."""
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedin() + pool.checkedout()

    def close(self) -> None:
        """Those in use are closed when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    def _taken(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _put_back(self, connection: Connection) -> None:
        try:
            connection.rollback()
            beneath(connection).rollback()
        except BaseException:
            connection.invalidate()  # whatever is wrong with it, the next one to ask gets another
            connection.close()
            raise
        if self._closed:
            connection.detach()  # the pool is gone, and would keep it until it is collected
        # With all in use somebody may wait at the pool, which knows nothing of those that are kept here.
        if not self._closed and len(self._idle) < _KEPT and len(self) < MOST:
            self._idle.append(connection)
        else:
            connection.close()


def beneath(connection: Connection) -> dbapi.Connection:
    found = connection.connection.dbapi_connection
    assert isinstance(found, dbapi.Connection)
    return found
