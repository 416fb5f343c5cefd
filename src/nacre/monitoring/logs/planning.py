"""Tells the follower what there is to follow, anew whenever what is in data.db has changed."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from nacre.monitoring.logs.source import Source, write_plan

_LOOK_EVERY_S = 0.5
_log = structlog.get_logger()


class Planning:
    """`version` grows with every write (Store.version); `sources` lists what there is, and is asked only then."""

    def __init__(self, plan: Path, version: Callable[[], int], sources: Callable[[], list[Source]]) -> None:
        self._plan = plan
        self._version = version
        self._sources = sources
        self._told: tuple[int, list[Source]] | None = None
        self._failed = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="what logs there are", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while True:
            try:
                self._look()
                self._failed = False
            except Exception:  # the next look may do: what is followed goes on meanwhile
                if not self._failed:  # a full disk is not filled with it twice a second
                    _log.exception("logs not planned")
                self._failed = True
            if self._ending.wait(_LOOK_EVERY_S):
                return

    def _look(self) -> None:
        version = self._version()
        if self._told is not None and self._told[0] == version:
            return
        sources = self._sources()
        if self._told is None or self._told[1] != sources:
            write_plan(self._plan, sources)
        self._told = version, sources
