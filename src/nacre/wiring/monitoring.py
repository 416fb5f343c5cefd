"""Wires monitoring: what looks at what, the ring in memory, metrics.db, and the count of requests."""

from nacre.monitoring.book.file import File
from nacre.monitoring.book.keeper import Keeper
from nacre.monitoring.charts import Charts
from nacre.monitoring.collector import Collector
from nacre.monitoring.probes.cluster import OfClusters
from nacre.monitoring.probes.daemon import OfDaemon
from nacre.monitoring.probes.host import OfHost
from nacre.monitoring.ring import Ring
from nacre.monitoring.traffic import Traffic
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


def wire_monitoring(ground: Ground, branches: Branches) -> Part:
    traffic, ring, file = Traffic(), Ring(), File(ground.settings.home / "metrics.db")
    of_clusters = OfClusters(branches.catalog, branches.clusters)
    probes = (OfHost(ground.settings.home), OfDaemon(ground.store, traffic, ground.loop), of_clusters)
    keeper = Keeper(ring, file)
    collector = Collector(probes, ring, keeper.keep, ground.clock)
    return Part(
        {Traffic: traffic, Charts: Charts(file, ring, collector, ground.clock)},
        start={"monitoring": collector.start},
        stop=(keeper.close, of_clusters.close, collector.close),
    )
