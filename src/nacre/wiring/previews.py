"""Wires previews and add-ons, and what the gateway asks about both."""

from dataclasses import dataclass

from nacre.addons.desk import Desk as AddOnDesk
from nacre.addons.installing import Installer
from nacre.addons.shelf import Shelf
from nacre.addons.tools import Tools
from nacre.engines.sandbox.spec import Egress
from nacre.previews.addresses import Addresses
from nacre.previews.desk import Desk
from nacre.previews.previews import Previews
from nacre.previews.reaching import Reaching
from nacre.previews.record import Records
from nacre.previews.running import Servers
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.wiring.workspaces import Lived


@dataclass(frozen=True)
class Shown:
    """`reach` is what the gateway asks."""

    part: Part
    reach: Reaching


def wire_previews(ground: Ground, branches: Branches, lived: Lived) -> Shown:
    """To be started after the workspaces: what runs in them is found again."""
    workspaces, home, catalog, addresses = (
        lived.workspaces,
        ground.settings.home,
        branches.catalog,
        Addresses(ground.settings),
    )
    servers = Servers(
        catalog, ground.places, workspaces, Records(home / "run" / "previews"), addresses, ground.bus, ground.clock
    )
    previews = Previews(catalog, workspaces, servers, addresses)
    shelf = Shelf(home / "addons", ground.account)
    installer = Installer(shelf, workspaces.driver, home / "run" / "addon", ground.account, ground.loop, Egress())
    tools = Tools(catalog, shelf, workspaces)
    branches.guests.add(previews.leave)
    branches.guests.add(tools.leave)
    shelf.make()  # workspaces are shown the folder, empty or not
    part = Part(
        {Desk: Desk(previews, lived.logs), AddOnDesk: AddOnDesk(shelf, installer, tools)},
        start={"sweep add-ons": installer.sweep, "find previews again": previews.resume, "watch add-ons": tools.watch},
        stop=(previews.close, tools.close),
    )
    return Shown(part, Reaching(catalog, previews, tools))
