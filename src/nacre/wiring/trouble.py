"""Wires the trouble map."""

from nacre.core.errors import NotFound, Unavailable
from nacre.gateway.gateway import Gateway
from nacre.publishing.addresses import Addresses
from nacre.publishing.apps import App, Apps
from nacre.publishing.releases import Releases
from nacre.publishing.trouble.case import Parts, Running
from nacre.publishing.trouble.walk import Trouble
from nacre.repositories.shelf import Shelf
from nacre.runtime.afar.fleet import Fleet
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.jobs import Worked
from nacre.wiring.part import Part

_LINES = 12


def wire_trouble(
    ground: Ground, branches: Branches, gateway: Gateway | None, worked: Worked, shelf: Shelf, runtime: Fleet
) -> Part:
    store, clock, catalog = ground.store, ground.clock, branches.catalog
    parts = Parts(
        gateway, catalog, branches.clusters, worked.jobs, worked.nodes, shelf, lambda app: _running(runtime, app), clock
    )
    apps, releases = Apps(store, catalog, clock), Releases(store, clock)
    return Part({Trouble: Trouble(apps, releases, Addresses(ground.settings), parts)})


def _running(runtime: Fleet, app: App) -> Running:
    try:
        status = runtime.status(app.slug)
    except NotFound:
        return Running("stopped" if app.state == "stopped" else "unpublished")
    try:
        lines = runtime.log(app.slug, tail_bytes=8 << 10).decode(errors="replace").splitlines()[-_LINES:]
    except Unavailable:  # it is on a node that does not answer, which its ending tells
        lines = []
    return Running("failing" if status.state == "failed" else status.state, status.ending, tuple(lines))
