"""Counts the writes of whoever keeps rows in data.db, for those who keep what they have read of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from nacre.core.store.store import Store


class Versioned:
    """What was read at one version still holds at the same one."""

    store: Store
    version = 0

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A write to the store that counts."""
        try:
            with self.store.write() as connection:
                yield connection
        finally:
            self.version += 1
