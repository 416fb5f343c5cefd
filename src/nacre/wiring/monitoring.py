"""Wires monitoring: what looks at what, the ring in memory, metrics.db, and the count of requests."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text

from nacre.branches.catalog import Catalog
from nacre.core.errors import NotFound
from nacre.core.principals import OWNER
from nacre.core.settings import Settings
from nacre.engines.host.processes import Processes
from nacre.engines.processes.supervisor import State
from nacre.gateway.gateway import Gateway
from nacre.gateway.site import Site, console_address
from nacre.monitoring.access.book import AccessBook
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.messenger import Messenger
from nacre.monitoring.alerts.wording import WORDINGS
from nacre.monitoring.book.file import File
from nacre.monitoring.book.keeper import Keeper
from nacre.monitoring.charts import Charts
from nacre.monitoring.collector import Collector
from nacre.monitoring.export.exporter import Exporter
from nacre.monitoring.export.place import Place
from nacre.monitoring.health.health import Health
from nacre.monitoring.heartbeat import Heartbeat
from nacre.monitoring.logs.condition import FILE as CONDITION
from nacre.monitoring.logs.condition import Following
from nacre.monitoring.logs.service import NAME as LOGS
from nacre.monitoring.marks.marks import Marks, Source, of_alerts
from nacre.monitoring.measures.history import HISTORY
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.probes.app import OfApps
from nacre.monitoring.probes.certificate import OfCertificates
from nacre.monitoring.probes.cluster import OfClusters
from nacre.monitoring.probes.daemon import OfDaemon
from nacre.monitoring.probes.gateway import OfGateway
from nacre.monitoring.probes.history import OfHistory
from nacre.monitoring.probes.host import OfHost
from nacre.monitoring.probes.jobs import OfJobs
from nacre.monitoring.probes.knowledge import OfKnowledge
from nacre.monitoring.probes.model import OfBudgets, OfModels
from nacre.monitoring.probes.node import OfNodes
from nacre.monitoring.probes.probe import Probe
from nacre.monitoring.probes.slow import Slow
from nacre.monitoring.probes.upkeep import OfUpkeep
from nacre.monitoring.probes.workspace import OfWorkspaces
from nacre.monitoring.pushing.sender import Sender
from nacre.monitoring.pushing.targets import targets
from nacre.monitoring.readiness import Readiness
from nacre.monitoring.ring import Ring
from nacre.monitoring.scraping import Scraping, networks_of
from nacre.monitoring.traffic import Traffic
from nacre.monitoring.watching.looks import Looks
from nacre.monitoring.watching.views import Views
from nacre.monitoring.watching.watchers import Watchers
from nacre.publishing.apps import Apps
from nacre.publishing.releases import Releases
from nacre.runtime.afar.fleet import Fleet
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.jobs import Worked
from nacre.wiring.llm import Asked
from nacre.wiring.marks import releases, rewinds
from nacre.wiring.part import Part
from nacre.wiring.time_machine import Wired
from nacre.workspaces.workspaces import Workspaces

_UPKEEP_EVERY_S = 300.0
_HISTORY_EVERY_S = 60.0


def wire_monitoring(
    ground: Ground,
    branches: Branches,
    time_machine: Wired,
    gateway: Gateway | None,
    worked: Worked,
    asked: Asked,
    fleet: Fleet,
    workspaces: Workspaces,
) -> Part:
    def ask(what: str) -> Any:
        return asked.llm.call(OWNER, what, {})

    def runs() -> bool:
        return (kept := asked.door.status()) is not None and kept.state == State.RUNNING

    traffic, ring, file = Traffic(), Ring(), File(ground.settings.home / "metrics.db")
    of_clusters = OfClusters(branches.catalog, branches.clusters)
    upkeep = Slow(UPKEEP, branches.catalog.running_branches, OfUpkeep(branches.clusters), _UPKEEP_EVERY_S)
    history = Slow(HISTORY, branches.catalog.running_branches, OfHistory(time_machine.conditions), _HISTORY_EVERY_S)
    probes: tuple[Probe, ...] = (
        OfHost(ground.settings.home),
        OfDaemon(ground.store, traffic, ground.loop, ring, _following(ground)),
        of_clusters,
        upkeep,
        history,
        *_of_what_people_run(ground, branches, gateway, fleet, workspaces),
        OfNodes(worked.nodes, worked.jobs, ground.clock, fleet),
        OfJobs(worked.jobs),
        OfModels(ask, runs),
        OfBudgets(ask, runs),
        OfKnowledge(ground.store, ground.clock),
    )
    keeper = Keeper(ring, file)
    book = AlertBook(ground.store, ground.clock)
    messenger = Messenger()
    channels = Channels(ground.store, ground.box, ground.clock, messenger.send, messenger.ready)
    wording = WORDINGS[ground.settings.alert_language]
    alerter = Alerter(ring, book, channels, ground.clock, console_address(ground.settings), wording=wording)
    heartbeat = Heartbeat(ground.settings.heartbeat_url, alerter.works)
    senders = [Sender(ring, target) for target in targets(ground.settings)]
    looks = Looks()
    after = (alerter.look, heartbeat.look, *(each.look for each in senders), looks.looked)
    collector = Collector(probes, ring, keeper.keep, ground.clock, after, alerter.held_at_ms)
    marks = Marks((of_alerts(book), *_of_others(ground, branches.catalog)))
    health = Health(ring, collector, alerter, channels, heartbeat, ground.clock, lambda: _unfollowed(ground))
    views = Views(looks, book, channels, health, alerter, marks, ground.clock)
    return Part(
        {
            Traffic: traffic,
            Readiness: Readiness(_parts(ground, gateway)),
            Scraping: Scraping(ring, networks_of(ground.settings.metrics_from), ground.clock),
            AlertBook: book,
            Channels: channels,
            Alerter: alerter,
            Exporter: Exporter(_place(ground.settings), book.rules),
            Charts: Charts(file, ring, collector, ground.clock),
            Marks: marks,
            Health: health,
            Watchers: Watchers(looks, ring, collector, views, ground.clock),
        },
        start={
            "alerts": alerter.start,
            "heartbeat": heartbeat.start,
            **{f"push {number}": each.start for number, each in enumerate(senders)},
            "monitoring": collector.start,
        },
        stop=(
            keeper.close,
            of_clusters.close,
            upkeep.close,
            history.close,
            heartbeat.close,
            messenger.close,
            alerter.close,
            *(each.close for each in senders),
            collector.close,
        ),
    )


def _of_others(ground: Ground, catalog: Catalog) -> tuple[Source, ...]:
    return rewinds(ground.store, catalog), releases(ground.store, ground.clock, catalog)


def _place(settings: Settings) -> Place:
    site = Site.of(settings)
    signs_itself = settings.mode != "slim" and not site.is_public
    certificate = site.root_certificate if signs_itself else None
    return Place(console_address(settings), certificate, open=bool(settings.metrics_from))


def _of_what_people_run(
    ground: Ground, branches: Branches, gateway: Gateway | None, fleet: Fleet, workspaces: Workspaces
) -> tuple[Probe, ...]:
    """Apps before the gateway: by then its log is read."""
    store, clock, processes = ground.store, ground.clock, Processes()
    apps, releases = Apps(store, branches.catalog, clock), Releases(store, clock)
    settings = ground.settings
    memory_bytes, disk_bytes = settings.workspace_memory_mb << 20, int(settings.workspace_disk_gb * (1 << 30))
    of_workspaces = OfWorkspaces(workspaces.all_running, processes, memory_bytes, disk_bytes)
    if gateway is None:
        return OfApps(apps, releases, fleet, processes, None), of_workspaces
    access = AccessBook(gateway.site.access_log)
    return (
        OfApps(apps, releases, fleet, processes, access),
        OfGateway(gateway.status, processes, access),
        of_workspaces,
        OfCertificates(gateway.site, clock),
    )


def _following(ground: Ground) -> Following:
    def runs() -> bool:
        try:
            return ground.supervisor.status(LOGS).state is State.RUNNING
        except NotFound:  # not yet
            return False

    return Following(ground.settings.run / "logs" / CONDITION, runs)


def _unfollowed(ground: Ground) -> str:
    try:
        kept = ground.supervisor.status(LOGS)
    except NotFound:  # not yet
        return ""
    return (kept.last_ending or "It ended.") if kept.state is State.GIVEN_UP else ""


def _parts(ground: Ground, gateway: Gateway | None) -> Mapping[str, Callable[[], bool]]:
    def data() -> bool:
        with ground.store.read() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    if gateway is None:
        return {"data.db": data}
    return {"data.db": data, "gateway": lambda: (kept := gateway.status()) is not None and kept.state == State.RUNNING}
