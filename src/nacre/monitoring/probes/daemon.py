"""This process."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nacre.core.store.store import Store
from nacre.monitoring.logs.condition import Following
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.ring import Ring
from nacre.monitoring.traffic import Traffic


@dataclass
class OfDaemon:
    store: Store
    traffic: Traffic
    loop: asyncio.AbstractEventLoop
    ring: Ring
    following: Following
    kind: Kind = DAEMON

    def __post_init__(self) -> None:
        self._last = (time.monotonic(), time.process_time())

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        (before_s, spent_before_s), now_s, spent_s = self._last, time.monotonic(), time.process_time()
        self._last = (now_s, spent_s)
        yield (
            "",
            (
                (spent_s - spent_before_s) / max(now_s - before_s, 1e-3) * 100,
                anonymous_bytes(),
                len(asyncio.all_tasks(self.loop)),
                threading.active_count(),
                sum(1 for _ in Path("/proc/self/fd").iterdir()),
                _size(self.store.path.with_name(f"{self.store.path.name}-wal")),
                self.store.connections,
                self.traffic.requests,
                self.traffic.failures,
                *self.traffic.latencies(),
                self.ring.left_out,
                *self.following.numbers(),
            ),
        )


def anonymous_bytes() -> int:
    """What the process holds of its own: data.db, which it maps, counts to what is resident as well."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
