"""Which node an app goes to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nacre.core.errors import Conflict
from nacre.nodes.nodes import Node, Nodes
from nacre.runtime.afar.reports import Reports
from nacre.runtime.book import Book, Placement
from nacre.runtime.deployed import LOCAL


@dataclass(frozen=True)
class Placing:
    """Blocks; for worker threads."""

    book: Book
    nodes: Nodes
    reports: Reports

    def place(self, app: str) -> str:
        """Where it is; chosen now if it is nowhere."""
        known = self.book.placement(app)
        if known is not None:
            return known.node
        return self.book.place(app, choose(self.takers(), self.book.placements())).node

    def takers(self) -> dict[str, bool]:
        """Of each node, whether it takes work."""
        return {node.name: self._takes_apps(node) for node in self.nodes.all()}

    def require_runs_apps(self, node: str) -> None:
        """Raises NotFound "node-not-found", Conflict "runs-no-apps"."""
        known = self.nodes.get(node)
        if "runtime" not in known.roles or (node != LOCAL and known.address is None):
            raise Conflict(
                "runs-no-apps",
                f"The node {node} runs no apps, or never joined.",
                hint="`nacre node list` shows what each is for.",
            )

    def _takes_apps(self, node: Node) -> bool:
        there = node.name == LOCAL or not self.reports.is_lost(node.name)
        return "runtime" in node.roles and node.state == "ready" and there


def choose(nodes: Mapping[str, bool], placements: Iterable[Placement]) -> str:
    """Where an app goes that is nowhere yet, or must leave: this machine if it takes work, else the node that takes
    work and has the fewest apps; this machine where there is none. `nodes` tells of each whether it takes work."""
    if nodes.get(LOCAL, True):
        return LOCAL
    load: defaultdict[str, int] = defaultdict(int)
    for placement in placements:
        load[placement.node] += 1
    return min((name for name, takes in nodes.items() if takes), key=lambda name: (load[name], name), default=LOCAL)
