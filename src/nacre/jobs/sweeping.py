"""Ends leases as they run out, also when nobody claims, and forgets now and then what ended long ago."""

import threading
import time

import structlog

from nacre.core.worker import Worker
from nacre.jobs.jobs import Jobs

_FORGET_EVERY_S = 3600.0
_TRY_AGAIN_S = 5.0
_log = structlog.get_logger()


class Sweeper(Worker):
    def __init__(self, jobs: Jobs) -> None:
        super().__init__("jobs")
        self._jobs = jobs
        self._changed = threading.Event()
        self._forgotten_at: float | None = None

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        super().stop()

    def _work(self) -> None:
        with self._jobs.changes.heard_by(self._changed.set):
            while not self._stopping.is_set():
                self._changed.clear()
                self._changed.wait(min(self._sweep(), _FORGET_EVERY_S))

    def _sweep(self) -> float:
        """Returns after how many seconds to look again, if nothing changes before."""
        try:
            self._jobs.reclaim()
            if self._forgotten_at is None or time.monotonic() - self._forgotten_at > _FORGET_EVERY_S:
                self._jobs.forget()
                self._forgotten_at = time.monotonic()
            return self._jobs.look_again_s()
        except Exception:  # the store may be out of room for now: jobs go on as soon as it is not
            _log.exception("jobs not swept")
            return _TRY_AGAIN_S
