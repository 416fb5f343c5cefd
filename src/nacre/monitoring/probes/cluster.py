"""The Postgres of every branch. A connection to each that is used is kept, since to make one costs more than to ask;
one that nobody uses has none (resting.py)."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from functools import partial

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.engines.postgres.health import Health, healths
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.probes.connecting import Connecting, Kept
from nacre.monitoring.probes.resting import Resting

_PATIENCE_S = 0.5
_DOWN = (0.0,) + (float("nan"),) * (len(CLUSTER.measures) - 1)


@dataclass
class OfClusters:
    catalog: Catalog
    clusters: Clusters
    resting: Resting = field(default_factory=Resting)
    kind: Kind = CLUSTER
    _kept: dict[int, Kept] = field(default_factory=dict)
    _connecting: Connecting[int] = field(default_factory=Connecting)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        """One that should run and does not answer has only that."""
        branches = {branch.id: branch for branch in self.catalog.running_branches()}
        known = self.resting.known(branches)
        awake = {id_: branch for id_, branch in branches.items() if id_ not in known}
        for unused in self._kept.keys() - awake.keys():
            self._kept.pop(unused).close()
        found = self._asked(awake)
        # A connection is lost when its cluster was rewound or started anew: once more, by a new one.
        found |= self._asked({id_: branch for id_, branch in awake.items() if id_ not in found})
        for id_, health in found.items():
            if self.resting.note(id_, health, self._kept[id_].connection.info.backend_pid):
                self._kept.pop(id_).close()
        found |= known
        for id_, branch in branches.items():
            yield str(branch.ref), (1.0, *astuple(found[id_])) if id_ in found else _DOWN

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1].close()

    def _asked(self, branches: dict[int, Branch]) -> dict[int, Health]:
        self._kept |= self._connecting.made(
            {id_: partial(self.clusters.admin, branch) for id_, branch in branches.items() if id_ not in self._kept}
        )
        connections = {id_: self._kept[id_].connection for id_ in branches if id_ in self._kept}
        found = dict(healths(connections, _PATIENCE_S))
        for silent in connections.keys() - found.keys():
            self._kept.pop(silent).close()
        return found
