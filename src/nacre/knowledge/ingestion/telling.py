"""Tells listeners that something changed in a collection's queue, at most once a second: they look for themselves."""

import threading
import time

from sqlalchemy import select

from nacre.core.events import EventBus
from nacre.core.store.database import Database
from nacre.knowledge.access import HIDDEN
from nacre.knowledge.tables import collections

TOLD_EVERY_S = 1.0
EVENT = "knowledge.queue.changed"


class Telling:
    """Called from any thread. What is held back is told by whoever calls `tell` again later."""

    def __init__(self, store: Database, bus: EventBus) -> None:
        self._store = store
        self._bus = bus
        self._changed: set[int] = set()
        self._told_at = -TOLD_EVERY_S
        self._lock = threading.Lock()

    @property
    def held_back(self) -> bool:
        return bool(self._changed)

    def tell(self, *collections_: int) -> None:
        with self._lock:
            self._changed.update(collections_)
            if not self._changed or time.monotonic() < self._told_at + TOLD_EVERY_S:
                return
            changed, self._changed = self._changed, set()
            self._told_at = time.monotonic()
        with self._store.read() as connection:
            rows = connection.execute(
                select(collections).where(collections.c.id.in_(changed), collections.c.access != HIDDEN)
            ).all()
        for row in rows:
            self._bus.emit(EVENT, "nacre", row.project, None, {"collection": row.name}, person=row.person)
