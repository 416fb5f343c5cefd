"""One route, as all of them are made here."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

Endpoint = Callable[[Request], Awaitable[Response]]
R = TypeVar("R", bound=Route | Mount)


def route(path: str, method: str, endpoint: Endpoint) -> Route:
    """One for this method alone: a HEAD would do all the work of a GET."""
    made = Route(path, endpoint, methods=[method])
    made.methods = {method}
    return made


def unbounded(route: R) -> R:
    """The app bounds what its operations take; a route's own bound is the one that holds."""
    route.app = RequestBodyLimitMiddleware(route.app, max_body_size=sys.maxsize)
    return route
