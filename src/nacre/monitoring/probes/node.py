"""The machines that joined. They tell of themselves every few seconds; what counts is when they did last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Protocol

from nacre.core.clock import Clock
from nacre.jobs.jobs import Jobs
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.node import NODE
from nacre.monitoring.probes.busy import Busy
from nacre.nodes.nodes import DRAINING, LOCAL, SILENT_AFTER, Node, Nodes
from nacre.runtime.afar.messages import Report

_OF_MACHINE = 10


class Tells(Protocol):
    def report(self, node: str) -> Report | None:
        """What a node said of itself last, as long as it is heard of."""


@dataclass
class OfNodes:
    nodes: Nodes
    jobs: Jobs
    clock: Clock
    fleet: Tells
    kind: Kind = NODE
    _busy: Busy = field(default_factory=Busy)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        in_hand = self.jobs.in_hand()
        self._busy.begin()
        for node in self.nodes.all():
            silence_s = self._silence_s(node)
            up = silence_s if isnan(silence_s) else float(silence_s < SILENT_AFTER.total_seconds())
            machine = self._machine(node.name)
            yield node.name, (up, silence_s, float(node.state in DRAINING), float(in_hand[node.name]), *machine)

    def _machine(self, node: str) -> tuple[float, ...]:
        report = self.fleet.report(node)
        if report is None:
            return (nan,) * _OF_MACHINE
        said = report.machine
        pressures = (said.cpu_pressure_percent, said.memory_pressure_percent, said.io_pressure_percent)
        return (
            min(self._busy.percent(node, said.busy_s, report.at_s) / max(said.processors, 1), 100.0),
            said.load1,
            said.memory_total,
            said.memory_available,
            said.swap_used,
            said.disk_total,
            said.disk_free,
            *(nan if one is None else one for one in pressures),
        )

    def _silence_s(self, node: Node) -> float:
        if node.name == LOCAL:
            return 0.0
        if node.last_heard_at is None:
            return nan
        return max((self.clock() - node.last_heard_at).total_seconds(), 0.0)
