"""Workspaces that run, and what they use."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan

from nacre.engines.host.processes import Processes
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.workspace import WORKSPACE
from nacre.monitoring.probes.busy import Busy
from nacre.workspaces.workspaces import Running


@dataclass
class OfWorkspaces:
    """`memory_bytes` and `disk_bytes` are what each may hold."""

    running: Callable[[], Sequence[Running]]
    processes: Processes
    memory_bytes: int
    disk_bytes: int
    kind: Kind = WORKSPACE
    _busy: Busy = field(default_factory=Busy)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        running = self.running()
        used = self.processes.trees({one.pid for one in running})
        self._busy.begin()
        for one in running:
            usage = used.get(one.pid)
            yield (
                f"{one.ref}/{one.person}",
                (
                    nan if usage is None else self._busy.percent(one.pid, usage.cpu_s),
                    nan if usage is None else usage.memory_bytes,
                    self.memory_bytes,
                    nan if usage is None else usage.processes,
                    nan if one.disk_bytes is None else one.disk_bytes,
                    self.disk_bytes,
                ),
            )
