"""Brings the lines of apps on nodes here: asks each node again and again, in a thread for each."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.monitoring.afar.bringing import Bringing
from nacre.monitoring.afar.late import Late
from nacre.monitoring.afar.messages import Refused
from nacre.monitoring.afar.owed import Owed
from nacre.runtime.afar.asking import Standing

_LOOK_EVERY_S = 1.0
_LATE_AFTER_S = 6.0
_REFUSED_FOR_S = 30.0
_MOST_BYTES_S = 16 << 20
_SOONEST_S = 0.02
_ENDS_WITHIN_S = 10.0
"""What a node holds up for longer goes with the process: what was not brought is brought the next time."""
_log = structlog.get_logger()


class Pulling:
    """`nodes` are those that run apps, each with the socket that leads to it and when it was last heard of."""

    def __init__(
        self, owed: Owed, shelves: Path, nodes: Callable[[], Mapping[str, tuple[Path, datetime]]], clock: Clock
    ) -> None:  # fmt: skip
        self._owed = owed
        self._shelves = shelves
        self._nodes = nodes
        self._there: Mapping[str, tuple[Path, datetime]] = {}
        self._clock = clock
        self._late: dict[str, Late] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="logs of nodes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        for thread in (self._thread, *self._threads.values()):
            if thread.is_alive():
                thread.join(_ENDS_WITHIN_S)

    def late(self) -> Mapping[str, Late]:
        """By node; from any thread."""
        return {**self._late}

    def _work(self) -> None:
        while not self._ending.wait(_LOOK_EVERY_S):
            try:
                self._look()
            except Exception:  # as when data.db is locked: the next look may do
                _log.exception("nodes not looked after for their logs")

    def _look(self) -> None:
        owing = self._owed.nodes()
        if not owing:
            return
        self._there = self._nodes()
        for node in owing:
            if node not in self._there:
                self._give_up(node)
            elif node not in self._threads or not self._threads[node].is_alive():
                name = f"logs of {node}"
                thread = threading.Thread(target=self._pull, args=(node, *self._there[node]), name=name, daemon=True)
                self._threads[node] = thread
                thread.start()

    def _give_up(self, node: str) -> None:
        """It was removed."""
        thread = self._threads.pop(node, None)
        if thread is None or not thread.is_alive():
            self._late.pop(node, None)
            self._bringing(node).give_up()

    def _pull(self, node: str, line: Path, heard_at: datetime) -> None:
        """Until nothing is owed any more, or the node is removed."""
        bringing, heard_s = self._bringing(node), time.monotonic()
        standing = Standing(node, line)
        try:
            while not self._ending.is_set() and self._owed.of(node) and node in self._there:
                try:
                    size = bringing.bring(standing)
                    heard_at, heard_s = self._clock(), time.monotonic()
                    self._late.pop(node, None)
                    self._ending.wait(max(size / _MOST_BYTES_S, _SOONEST_S))
                except Refused as error:
                    _log.warning("lines of a node refused", node=node, why=str(error))
                    self._is_late(bringing, Late(heard_at, f"what it sends is refused: {error}"))
                    self._ending.wait(_REFUSED_FOR_S)
                except (NacreError, OSError) as error:
                    if time.monotonic() - heard_s > _LATE_AFTER_S:
                        self._is_late(bringing, Late(heard_at, _words(error)))
                    self._ending.wait(_LOOK_EVERY_S)
        finally:
            standing.close()

    def _bringing(self, node: str) -> Bringing:
        return Bringing(self._owed, self._shelves, node, self._clock)

    def _is_late(self, bringing: Bringing, late: Late) -> None:
        self._late[bringing.node] = late
        with suppress(OSError):  # the next time
            bringing.miss(late.since, late.why)


def _words(error: Exception) -> str:
    return error.message if isinstance(error, NacreError) else str(error)
