"""Protocols that other people's clients speak, each at a path of its own beside the operations'.

Their callers are made out by a token alone (nacre.surfaces.http.basic), and their bodies are streams of any length:
each protocol bounds what it takes itself. The paths are listed in nacre.gateway.protocols.
"""

from collections.abc import Callable

from starlette.routing import BaseRoute, Mount, Route

from nacre.surfaces.distribution import routes as distribution
from nacre.surfaces.git import routes as git
from nacre.surfaces.http.route import unbounded
from nacre.surfaces.http.served import Served
from nacre.surfaces.runner import routes as runner

PROTOCOLS: tuple[Callable[[Served], list[BaseRoute]], ...] = (distribution.routes, git.routes, runner.routes)
"""What makes the routes of each, in a package of surfaces/ named like the protocol."""


def protocol_routes(daemon: Served) -> list[BaseRoute]:
    return [_unbounded(route) for routes in PROTOCOLS for route in routes(daemon)]


def _unbounded(route: BaseRoute) -> BaseRoute:
    assert isinstance(route, Route | Mount)
    return unbounded(route)
