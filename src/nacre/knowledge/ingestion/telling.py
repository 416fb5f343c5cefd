"""Tells listeners that something changed in a collection's queue, at most once a second: they look for themselves."""

import threading
import time

from sqlalchemy import select

from nacre.core.events import EventBus
from nacre.core.store.database import Database
from nacre.knowledge.tables import collections

_EVERY_S = 1.0
EVENT = "knowledge.queue.changed"


class Telling:
    """Called from any thread."""

    def __init__(self, store: Database, bus: EventBus) -> None:
        self._store = store
        self._bus = bus
        self._changed: set[int] = set()
        self._told_at = 0.0
        self._lock = threading.Lock()

    def tell(self, collection: int) -> None:
        with self._lock:
            self._changed.add(collection)
            if time.monotonic() < self._told_at + _EVERY_S:
                return
        self.now()

    def now(self) -> None:
        """What was held back."""
        with self._lock:
            changed, self._changed = self._changed, set()
            self._told_at = time.monotonic()
        if not changed:
            return
        with self._store.read() as connection:
            rows = connection.execute(select(collections).where(collections.c.id.in_(changed))).all()
        for row in rows:
            self._bus.emit(EVENT, "nacre", row.project, None, {"collection": row.name}, person=row.person)
