"""The tables, the log and the processes of every branch's Postgres."""

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from math import nan

from nacre.branches.catalog import Branch
from nacre.branches.clusters import Clusters
from nacre.core.errors import Unavailable
from nacre.engines.postgres.postmaster import Postmaster
from nacre.engines.postgres.upkeep import spent, upkeep


@dataclass
class OfUpkeep:
    """Called by one thread at a time."""

    clusters: Clusters
    _last: dict[Postmaster, tuple[float, float]] = field(default_factory=dict)

    def __call__(self, branch: Branch) -> Sequence[float]:
        """In the order of its measures. Raises NacreError where it does not answer."""
        running = self.clusters.live(branch).adopt()
        if running is None:
            raise Unavailable("postgres-unreachable", f"The Postgres of {branch.ref} does not run.")
        with self.clusters.admin(branch, branch.ref.project) as connection:
            found = upkeep(connection)
        cpu_s, memory_bytes = spent(running)
        return (*astuple(found), self._percent(running, cpu_s), memory_bytes)

    def _percent(self, running: Postmaster, cpu_s: float) -> float:
        now_s = time.monotonic()
        for gone in [one for one in self._last if not one.alive]:
            del self._last[gone]
        before_s, spent_before_s = self._last.get(running, (nan, nan))
        self._last[running] = (now_s, cpu_s)
        return max(cpu_s - spent_before_s, 0.0) / max(now_s - before_s, 1e-3) * 100
