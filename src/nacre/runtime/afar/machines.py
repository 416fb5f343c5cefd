"""How machines are, as they said last; and how busy their processors were from one report to the next."""

import time
from dataclasses import dataclass
from pathlib import Path

from nacre.nodes.machine import Machine
from nacre.runtime.afar.machine import measured
from nacre.runtime.afar.messages import MachineReport
from nacre.runtime.deployed import LOCAL

_CLOSEST_S = 1.0
"""Processor time is counted in hundredths of a second: over less than this it tells little."""


@dataclass(frozen=True)
class _Heard:
    at_s: float
    said: MachineReport
    cpu_percent: float | None


class Machines:
    """Heard by the daemon's loop, asked by any thread. `home` is on the file system that is told of for this one."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._heard: dict[str, _Heard] = {}

    def last(self, node: str) -> Machine | None:
        known = self._heard.get(node)
        if known is None:
            return None
        said = known.said
        return Machine(
            processors=said.processors,
            cpu_percent=known.cpu_percent,
            load1=said.load1,
            memory_total_bytes=said.memory_total,
            memory_available_bytes=said.memory_available,
            disk_total_bytes=said.disk_total,
            disk_free_bytes=said.disk_free,
        )

    def look(self) -> None:
        """At this machine. Takes half a millisecond."""
        self.hear(LOCAL, time.monotonic(), measured(self._home))

    def hear(self, node: str, at_s: float, said: MachineReport) -> None:
        """`at_s` is on a clock of that machine, which begins anew when it is started anew."""
        before = self._heard.get(node)
        if before is not None and 0 <= at_s - before.at_s < _CLOSEST_S:
            return
        self._heard[node] = _Heard(at_s, said, None if before is None else _busy_percent(before, at_s, said))


def _busy_percent(before: _Heard, at_s: float, said: MachineReport) -> float | None:
    passed_s, busy_s = at_s - before.at_s, said.busy_s - before.said.busy_s
    if passed_s <= 0 or busy_s < 0:
        return None
    return min(busy_s / passed_s / max(said.processors, 1) * 100, 100.0)
