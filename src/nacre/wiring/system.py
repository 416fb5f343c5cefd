"""Wires the view of the whole."""

from collections.abc import Callable, Mapping
from pathlib import Path

from nacre.engines.processes.supervisor import Status
from nacre.gateway.gateway import Gateway
from nacre.publishing.apps import Apps
from nacre.system.copies import Copies
from nacre.system.exposure.exposure import Exposure
from nacre.system.exposure.meaning import Lodger
from nacre.system.logs import Logs
from nacre.system.status import System
from nacre.system.upkeep import Upkeep
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.workspaces.workspaces import Workspaces


def wire_system(
    ground: Ground,
    branches: Branches,
    troubles: Callable[[], tuple[Mapping[str, str], ...]],
    gateway: Gateway | None,
    workspaces: Workspaces,
    models: Callable[[], Status | None],
) -> Part:
    upkeep = Upkeep(ground.store.path, ground.store.soundness)
    system = System(
        ground.settings, branches.catalog, branches.clusters, ground.audit, ground.clock, branches.storage, troubles,
        gateway, workspaces, models, lambda: upkeep.told,
    )  # fmt: skip
    apps, run = Apps(ground.store, branches.catalog, ground.clock), ground.settings.run
    exposure = Exposure(ground.settings, lambda: {**_of_workspaces(workspaces), **_of_apps(apps, run)})
    copies = Copies(ground.store, ground.clock, ground.spools, ground.settings.home)
    return Part(
        {System: system, Logs: Logs(ground.settings.logs), Exposure: exposure, Copies: copies},
        start={"forget copies that were cut off": copies.sweep, "whether data.db is whole": upkeep.start},
        stop=(upkeep.stop,),
    )


def _of_apps(apps: Apps, run: Path) -> dict[Path, Lodger]:
    """Each has the sandboxes of its instances in a folder of its own."""
    return {run / "apps" / app.slug: Lodger(f"app {app.slug}", str(app.source_ref)) for app in apps.every()}


def _of_workspaces(workspaces: Workspaces) -> dict[Path, Lodger]:
    return {workspaces.folder(one): Lodger(f"{one.person}'s workspace", str(one.ref)) for one in workspaces.all()}
