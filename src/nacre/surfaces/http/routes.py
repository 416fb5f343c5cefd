"""The routes of the operations, and of the document that describes them."""

from collections.abc import Callable, Iterator
from functools import cache

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from nacre.core.operations import Operation, Registry, Slashes, marked
from nacre.surfaces.http.route import Endpoint, route, unbounded


def routes_of(registry: Registry, endpoint_of: Callable[[Operation], Endpoint]) -> Iterator[Route]:
    """A route for each operation, answered by the endpoint made for it."""
    for operation in registry:
        made = route(_path(operation), operation.method, endpoint_of(operation))
        yield unbounded(made) if operation.spools else made
    yield route("/api/openapi.json", "GET", _described(registry))


def _path(operation: Operation) -> str:
    """A slash inside of a field arrives decoded, and would otherwise end it."""
    before, _, last = operation.path.rpartition("/")
    field = last[1:-1]
    if field in operation.input.model_fields and marked(operation.input, field, Slashes) is not None:
        return f"{before}/{{{field}:path}}"
    return operation.path


def _described(registry: Registry) -> Endpoint:
    @cache
    def document() -> JSONResponse:
        # Loaded by whom it is asked for: FastAPI and what it makes of all operations take 10 MB.
        from nacre.surfaces.http.described import openapi_of

        return JSONResponse(openapi_of(registry))

    async def endpoint(_request: Request) -> JSONResponse:
        return await run_sync(document)

    return endpoint
