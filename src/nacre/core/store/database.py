"""What a subject that works on SQLite and on PostgreSQL alike asks of the database that its tables are in."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Database(Protocol):
    """Hands out connections to read, each statement by itself, and to write, in one transaction. `core.store.Store`
    is one."""

    def read(self) -> AbstractContextManager[Connection]: ...

    def snapshot(self) -> AbstractContextManager[Connection]:
        """To read, all of one moment."""
        ...

    def write(self) -> AbstractContextManager[Connection]: ...
