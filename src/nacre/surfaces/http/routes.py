"""The routes of the operations, and of the document that describes them."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from typing import TypeVar

from anyio.to_thread import run_sync
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from nacre.core.operations import Operation, Registry, Slashes, marked

Endpoint = Callable[[Request], Awaitable[Response]]
R = TypeVar("R", bound=Route | Mount)


def routes_of(registry: Registry, endpoint_of: Callable[[Operation], Endpoint]) -> Iterator[Route]:
    """A route for each operation, answered by the endpoint made for it."""
    for operation in registry:
        made = route(_path(operation), operation.method, endpoint_of(operation))
        yield unbounded(made) if operation.spools else made
    yield route("/api/openapi.json", "GET", _described(registry))


def route(path: str, method: str, endpoint: Endpoint) -> Route:
    """One for this method alone: a HEAD would do all the work of a GET."""
    made = Route(path, endpoint, methods=[method])
    made.methods = {method}
    return made


def _path(operation: Operation) -> str:
    """A slash inside of a field arrives decoded, and would otherwise end it."""
    before, _, last = operation.path.rpartition("/")
    field = last[1:-1]
    if field in operation.input.model_fields and marked(operation.input, field, Slashes) is not None:
        return f"{before}/{{{field}:path}}"
    return operation.path


def unbounded(route: R) -> R:
    """The app bounds what its operations take; a route's own bound is the one that holds."""
    route.app = RequestBodyLimitMiddleware(route.app, max_body_size=sys.maxsize)
    return route


def _described(registry: Registry) -> Endpoint:
    @cache
    def document() -> JSONResponse:
        # Loaded by whom it is asked for: FastAPI and what it makes of all operations take 10 MB.
        from nacre.surfaces.http.described import openapi_of

        return JSONResponse(openapi_of(registry))

    async def endpoint(_request: Request) -> Response:
        return await run_sync(document)

    return endpoint
