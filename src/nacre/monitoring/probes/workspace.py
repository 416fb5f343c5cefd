"""Workspaces that run, and what they use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import nan

from nacre.engines.host.processes import Processes
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.workspace import WORKSPACE
from nacre.monitoring.probes.busy import Busy
from nacre.workspaces.workspaces import Workspaces


@dataclass
class OfWorkspaces:
    """`memory_most_bytes` is what each may hold."""

    workspaces: Workspaces
    processes: Processes
    memory_most_bytes: int
    kind: Kind = WORKSPACE
    _busy: Busy = field(default_factory=Busy)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        running = self.workspaces.processes()
        used = self.processes.trees(set(running.values()))
        self._busy.begin()
        for (person, ref), pid in running.items():
            usage = used.get(pid)
            yield (
                f"{ref}/{person}",
                (
                    nan if usage is None else self._busy.percent(pid, usage.cpu_s),
                    nan if usage is None else usage.memory_bytes,
                    self.memory_most_bytes,
                    nan if usage is None else usage.processes,
                ),
            )
