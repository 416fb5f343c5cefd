"""Wakes whoever waits for something about jobs to change, in a thread or on an event loop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Changes:
    def __init__(self) -> None:
        self._listeners: set[Callable[[], object]] = set()
        self._lock = threading.Lock()

    def tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    @contextmanager
    def heard_by(self, listener: Callable[[], object]) -> Iterator[None]:
        """Inside the block `listener` (which must not block or raise; any thread) is called with every change.

        Whoever waits listens first and looks then: what changes in between is not missed.
        """
        with self._lock:
            self._listeners.add(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.discard(listener)
