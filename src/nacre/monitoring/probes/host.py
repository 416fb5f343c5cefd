"""The machine."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from nacre.engines.host import readings
from nacre.engines.host.readings import Processors
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.measure import Kind


@dataclass
class OfHost:
    """`home` is on the file system that is told of."""

    home: Path
    kind: Kind = HOST

    def __post_init__(self) -> None:
        self._last = (time.monotonic(), readings.processors())

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        (before_s, before), now_s, now = self._last, time.monotonic(), readings.processors()
        self._last = (now_s, now)
        memory, traffic = readings.memory(), readings.traffic()
        yield (
            "",
            (
                *_shares(before, now, now_s - before_s),
                now.load1,
                memory.total,
                memory.available,
                memory.anonymous,
                memory.cached,
                memory.swap_used,
                *_disk(self.home),
                *astuple(traffic),
                *readings.file_handles(),
                *astuple(readings.pressure()),
            ),
        )


def _shares(before: Processors, now: Processors, passed_s: float) -> tuple[float, float, float]:
    """Percent of what all processors could have done."""
    whole = max(passed_s, 1e-3) * now.count / 100
    grown = (
        now.busy_s - before.busy_s,
        now.waiting_for_disks_s - before.waiting_for_disks_s,
        now.stolen_s - before.stolen_s,
    )
    busy, waiting, stolen = (min(max(each / whole, 0.0), 100.0) for each in grown)
    return busy, waiting, stolen


def _disk(home: Path) -> tuple[int, int, int, int]:
    disk = readings.disk(home)
    return disk.total, disk.free, disk.files_total, disk.files_free
