"""Wires publishing: apps, their releases and configuration, and what waits for a person's word."""

from nacre.core.principals import Principal
from nacre.gateway.site import Site
from nacre.publishing.addresses import Addresses
from nacre.publishing.approvals import Approvals
from nacre.publishing.apps import App, Apps
from nacre.publishing.changes import Comparing
from nacre.publishing.configuration import Configuration
from nacre.publishing.configuring import Configuring
from nacre.publishing.domains import Domains
from nacre.publishing.guard import Guard
from nacre.publishing.logs import Logs
from nacre.publishing.releases import Releases
from nacre.publishing.showing import ReleaseShown, Showing, Status
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


def wire_publishing(ground: Ground, branches: Branches) -> Part:
    store, clock = ground.store, ground.clock
    apps, releases = Apps(store, branches.catalog, clock), Releases(store, clock)
    configuration, approvals = Configuration(store, ground.box, clock), Approvals(store, clock)
    logs = Logs(ground.settings.logs / "releases")
    comparing = Comparing(branches.catalog, branches.trees, releases, configuration)
    showing = Showing(apps, releases, Addresses(ground.settings), logs, comparing, _status)
    site = None if ground.settings.mode == "slim" else Site.of(ground.settings)
    domains = Domains(store, apps, site, clock)
    return Part(
        {
            Apps: apps,
            Approvals: approvals,
            Domains: domains,
            Configuring: Configuring(apps, configuration, _renew),
            Guard: Guard(branches.catalog, apps, approvals),
            Showing: showing,
        },
        start={"lay out domains": domains.lay_out},
    )


def _status(app: App) -> Status:
    return "stopped" if app.state == "stopped" else "unpublished"


def _renew(_who: Principal, app: App, _why: str) -> ReleaseShown:
    raise AssertionError(f"nothing serves {app.slug}")
