"""The machines that joined. They tell of themselves every few seconds; what counts is when they did last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan

from nacre.core.clock import Clock
from nacre.jobs.jobs import Jobs
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.node import NODE
from nacre.nodes.nodes import LOCAL, SILENT_AFTER, Node, Nodes


@dataclass(frozen=True)
class OfNodes:
    nodes: Nodes
    jobs: Jobs
    clock: Clock
    kind: Kind = NODE

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        in_hand = self.jobs.in_hand()
        for node in self.nodes.all():
            silence_s = self._silence_s(node)
            up = silence_s if isnan(silence_s) else float(silence_s < SILENT_AFTER.total_seconds())
            yield node.name, (up, silence_s, float(node.state == "draining"), float(in_hand[node.name]))

    def _silence_s(self, node: Node) -> float:
        if node.name == LOCAL:
            return 0.0
        if node.last_heard_at is None:
            return nan
        return max((self.clock() - node.last_heard_at).total_seconds(), 0.0)
