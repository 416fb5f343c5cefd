"""The app: one route per operation of the registry, events, health, and MCP, which loads when first asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nacre import __version__
from nacre.core.dispatch import Dispatcher
from nacre.core.events import EventBus
from nacre.core.operations import Operation
from nacre.core.principals import Principal
from nacre.surfaces.http.arguments import arguments_of
from nacre.surfaces.http.errors import ErrorDocument, answer_errors
from nacre.surfaces.http.events import follow, last_seen
from nacre.surfaces.http.mcp_mount import McpMount
from nacre.surfaces.http.openapi import add_input_components, describe_input
from nacre.surfaces.http.running import Runner
from nacre.surfaces.http.sse import stream

_LARGEST_BODY_BYTES = 64 << 20


class Served(Protocol):
    """What the HTTP surface needs of the daemon."""

    @property
    def dispatcher(self) -> Dispatcher: ...

    @property
    def bus(self) -> EventBus: ...

    def authenticate(self, token: str) -> Principal | None: ...


class Api:
    """The ASGI app and what must end with it. Wrap `app` in OverSocket or OverTcp before serving it."""

    def __init__(self, daemon: Served) -> None:
        self.runner = Runner(daemon.dispatcher)
        self._closing = asyncio.Event()
        self._daemon = daemon
        self._mcp = McpMount(daemon.dispatcher.registry, self.runner)
        self.app = self._build()

    async def close_streams(self) -> None:
        """End what would go on for as long as its client likes: event streams and MCP sessions."""
        self._closing.set()
        await self._mcp.close()

    def _build(self) -> FastAPI:
        app = FastAPI(
            title="Nacre",
            version=__version__,
            openapi_url="/api/openapi.json",
            docs_url=None,
            redoc_url=None,
            max_body_size=_LARGEST_BODY_BYTES,
        )
        answer_errors(app)
        app.add_api_route("/healthz", _healthy, include_in_schema=False)
        app.add_api_route("/api/events", self._events, summary="Follow events", description=_EVENTS, tags=["events"])
        registry = self._daemon.dispatcher.registry
        for operation in registry:
            self._add(app, operation)
        add_input_components(app, registry)
        app.router.routes.append(Route("/mcp", endpoint=self._mcp))
        return app

    def _add(self, app: FastAPI, operation: Operation) -> None:
        app.add_api_route(
            operation.path,
            self._endpoint(operation),
            methods=[operation.method],
            operation_id=operation.name,
            summary=operation.summary,
            description=operation.description or operation.summary,
            tags=[operation.name.split(".")[0]],
            response_model=operation.output,
            responses={"4XX": {"model": ErrorDocument}, "5XX": {"model": ErrorDocument}},
            openapi_extra=describe_input(operation),
        )

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            arguments = await arguments_of(request, operation)
            who, request_id = request.scope["principal"], request.scope["request_id"]
            if operation.long and "text/event-stream" in request.headers.get("accept", ""):
                return stream(self.runner.stream(who, operation.name, arguments, surface="http", request_id=request_id))
            answer = await self.runner.run(who, operation.name, arguments, surface="http", request_id=request_id)
            return Response(answer.model_dump_json(), media_type="application/json")

        return endpoint

    async def _events(self, request: Request) -> Response:
        after = last_seen(request.headers.get("last-event-id"))
        return stream(follow(self._daemon.bus, request.scope["principal"], after, self._closing))


async def _healthy() -> Response:
    return JSONResponse({"version": __version__})


_EVENTS = """Server-sent events, one for each finished operation, of the projects the caller may touch.
`Last-Event-ID` gives what was missed since; a comment line comes at least every 15 s."""
