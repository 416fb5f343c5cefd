"""Wires the way in from outside."""

import re
import time
from dataclasses import dataclass

from nacre.accounts.handoff import HandOff
from nacre.console.build import DIST
from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.operations import registry
from nacre.gateway.authorise import Authoriser
from nacre.gateway.certificates import Names
from nacre.gateway.domains import Board
from nacre.gateway.gateway import Gateway
from nacre.gateway.gateway import Ground as Under
from nacre.gateway.limits import Limits
from nacre.gateway.reach import Reach
from nacre.gateway.site import Site
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part

# A classroom behind one address signs in within a minute; guessing a token of 256 bits takes longer either way.
_UNKNOWN_AT_ONCE = 200
_UNKNOWN_PER_S = 20.0


@dataclass(frozen=True)
class WayIn:
    """`gateway` is None in slim mode."""

    part: Part
    gateway: Gateway | None


def wire_gateway(ground: Ground, branches: Branches, hand_off: HandOff, reach: Reach) -> WayIn:
    if ground.settings.mode == "slim":
        return WayIn(Part({}), None)
    site = Site.of(ground.settings)
    settings = ground.settings
    console = DIST if settings.console else settings.home / "no-console"
    under = Under(ground.supervisor, ground.loop, ground.account, console, settings.home / "engines", settings.logs)
    gateway = Gateway(site, under, uploads(), streams())
    limits = Limits(_UNKNOWN_AT_ONCE, _UNKNOWN_PER_S, time.monotonic)
    names = Names(site.app_names, site.run / "apps", Board(site.domains), lambda ref: _is_branch(branches, ref))
    authoriser = Authoriser(site, hand_off, reach, names, limits)
    services: dict[type, object] = {Gateway: gateway, Authoriser: authoriser, Limits: limits}
    return WayIn(Part(services, start={"start the gateway": gateway.start}), gateway)


def uploads() -> list[str]:
    """The paths, as Caddy matches them, of the operations whose body is what is uploaded."""
    return sorted({_matched(operation.path) for operation in registry if operation.body and not operation.spools})


def streams() -> list[str]:
    """Those whose body may have any length; the daemon bounds it."""
    return sorted({_matched(operation.path) for operation in registry if operation.spools})


def _matched(path: str) -> str:
    """`/api/projects/{ref}/files` → `/api/projects/*/files`."""
    return re.sub(r"\{[^}]*\}", "*", path)


def _is_branch(branches: Branches, ref: Ref) -> bool:
    try:
        branches.catalog.branch(ref)
    except NotFound:
        return False
    return True
