"""Wires the trouble map."""

from nacre.gateway.gateway import Gateway
from nacre.publishing.addresses import Addresses
from nacre.publishing.apps import App, Apps
from nacre.publishing.releases import Releases
from nacre.publishing.trouble.case import Parts, Running
from nacre.publishing.trouble.walk import Trouble
from nacre.repositories.shelf import Shelf
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.jobs import Worked
from nacre.wiring.part import Part


def wire_trouble(ground: Ground, branches: Branches, gateway: Gateway | None, worked: Worked, shelf: Shelf) -> Part:
    store, clock, catalog = ground.store, ground.clock, branches.catalog
    parts = Parts(
        gateway, catalog, branches.clusters, worked.jobs, worked.nodes, shelf, lambda app: _running(gateway, app), clock
    )
    apps, releases = Apps(store, catalog, clock), Releases(store, clock)
    return Part({Trouble: Trouble(apps, releases, Addresses(ground.settings), parts)})


def _running(gateway: Gateway | None, app: App) -> Running:
    """As far as the gateway knows."""
    if app.state == "stopped":
        return Running("stopped")
    is_dialled = gateway is not None and gateway.site.switchboard.line(app.slug) is not None
    return Running("running" if is_dialled else "unpublished")
