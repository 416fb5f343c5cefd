"""Collects images every hour, and soon after somebody says that there may be something to collect."""

import threading

import structlog

from nacre.core.worker import Worker
from nacre.images.collecting import Collecting

_EVERY_S = 3600.0
_log = structlog.get_logger()


class Collector(Worker):
    def __init__(self, collecting: Collecting) -> None:
        super().__init__("images")
        self._collecting = collecting
        self._soon = threading.Event()

    def soon(self) -> None:
        """Collect in the background: to be called when a release was published, or an app deleted."""
        self._soon.set()

    def stop(self) -> None:
        self._stopping.set()
        self._soon.set()
        super().stop()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._soon.wait(_EVERY_S)
            self._soon.clear()
            if self._stopping.is_set():
                return
            try:
                self._collecting.collect()
            except Exception:  # the next hour tries again; nothing that is needed has gone
                _log.exception("images not collected")
