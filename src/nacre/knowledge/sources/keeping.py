"""Keeps collections in step: looks at sources that tell of a change at once, at others when it is their time."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import JsonValue
from sqlalchemy import Row

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NacreError, NotFound
from nacre.core.store.database import Database
from nacre.core.worker import Worker
from nacre.knowledge.sources import book
from nacre.knowledge.sources.item import Kind
from nacre.knowledge.sources.syncing import Syncing

_ASKED_EVERY_S = 1.0
_LONGEST_SLEEP_S = 60.0
_AGAIN_AFTER_S = 60.0
_AT_ONCE = 3
_log = structlog.get_logger()


class Keeping(Worker):
    """A slow site keeps no folder waiting: a few sources are looked at side by side."""

    def __init__(self, store: Database, clock: Clock, syncing: Syncing, kinds: Mapping[str, Kind[Any]]) -> None:
        super().__init__("sources")
        self._store = store
        self._clock = clock
        self._syncing = syncing
        self._kinds = kinds
        self._woken = threading.Event()
        self._at_work: set[int] = set()

    def wake(self) -> None:
        """There is something to look at."""
        self._woken.set()

    def stop(self) -> None:
        self._syncing.end()
        self._stopping.set()
        self._woken.set()
        super().stop()

    def _work(self) -> None:
        with ThreadPoolExecutor(_AT_ONCE, "sources") as pool:
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    wait_s = self._look(pool)
                except Exception:  # the store may be out of room for now: sources go on as soon as it is not
                    _log.exception("sources not looked at")
                    wait_s = _LONGEST_SLEEP_S
                self._woken.wait(wait_s)

    def _look(self, pool: ThreadPoolExecutor) -> float:
        """Returns after how many seconds to look again."""
        with self._store.read() as connection:
            rows = book.working(connection)
        now, wait_s = self._clock(), _LONGEST_SLEEP_S
        for row in rows:
            if row.id in self._at_work:
                continue
            due_s = self._due_s(row, now)
            if due_s > 0:
                wait_s = min(wait_s, due_s)
                continue
            self._at_work.add(row.id)
            pool.submit(self._sync, row.id)
        return wait_s

    def _due_s(self, row: Row[Any], now: datetime) -> float:
        """In how many seconds it is to be looked at."""
        if row.looked_at is None:
            return 0.0
        since_s: float = (now - row.looked_at) / timedelta(seconds=1)
        every_s: float | None = row.every_s
        if row.in_step_at != row.looked_at:
            return max(_AGAIN_AFTER_S, (every_s or 0.0) / 24) - since_s
        if every_s is not None:
            return every_s - since_s
        return _ASKED_EVERY_S if self._position(row) == row.position else 0.0

    def _position(self, row: Row[Any]) -> JsonValue:
        kind = self._kinds[row.kind]
        try:
            return kind.position(kind.settings.model_validate(row.settings))
        except NacreError:
            return "untold"  # looking at it says what is wrong

    def _sync(self, number: int) -> None:
        try:
            self._syncing.sync(number)
        except (Conflict, NotFound):
            pass  # somebody else is at it, or it was removed
        except Exception as error:
            _log.exception("a source was not looked at", source=number)
            with self._store.write() as connection:
                trouble = f"It could not be looked at: {type(error).__name__}. The daemon's log says more."
                book.change(connection, number, looked_at=self._clock(), in_step_at=None, trouble=trouble)
        finally:
            self._at_work.discard(number)
            self._woken.set()
