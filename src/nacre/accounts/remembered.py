"""What was just read from the store, kept while nothing was written to it and for no longer than a few seconds."""

import threading
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from nacre.core.store.store import Store

_KEPT_FOR = timedelta(seconds=10)
_MOST = 10_000

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Any write to the store, whatever it is about, makes all of it forgotten: nothing stale is ever answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._version = store.version
        self._kept: dict[str, tuple[datetime, Value]] = {}

    def get(self, key: str, now: datetime) -> Value | None:
        with self._lock:
            if self._version != self._store.version:
                return None
            since, value = self._kept.get(key, (None, None))
            return value if since is not None and now - since < _KEPT_FOR else None

    def put(self, key: str, value: Value, now: datetime, version: int) -> None:
        """`version` is the store's as of before `value` was read."""
        with self._lock:
            if self._version != version or len(self._kept) >= _MOST:
                self._kept.clear()
                self._version = version
            self._kept[key] = now, value
