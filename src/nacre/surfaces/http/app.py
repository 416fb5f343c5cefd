"""The app as it is served: the operations' routes, events, health, and MCP, which loads when first asked for."""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from nacre import __version__
from nacre.core.operations import Operation, Stream
from nacre.jobs.jobs import Jobs
from nacre.surfaces.http.arguments import arguments_of
from nacre.surfaces.http.download import download
from nacre.surfaces.http.events import follow, last_seen
from nacre.surfaces.http.mcp_mount import McpMount
from nacre.surfaces.http.protocols import protocol_routes
from nacre.surfaces.http.routes import Endpoint, described_app
from nacre.surfaces.http.running import Runner
from nacre.surfaces.http.served import Served
from nacre.surfaces.http.sign_in import SignInRoutes, add_sign_in
from nacre.surfaces.http.sockets import PATH, TerminalSocket
from nacre.surfaces.http.sse import stream
from nacre.surfaces.http.still import still


class Api:
    """The ASGI app and what must end with it. Wrap `app` in OverSocket or OverTcp before serving it."""

    def __init__(self, daemon: Served, detailed_errors: bool = False) -> None:
        self.runner = Runner(daemon.dispatcher)
        self._closing = asyncio.Event()
        self._daemon = daemon
        self._mcp = McpMount(daemon.dispatcher.registry, self.runner)
        self.app = described_app(daemon.dispatcher.registry, self._endpoint, detailed_errors)
        add_sign_in(self.app, partial(getattr, SignInRoutes(daemon)))
        self.app.add_api_route("/healthz", _healthy, include_in_schema=False)
        self.app.add_api_route("/api/events", self._events, include_in_schema=False)
        self.app.router.routes.append(Route("/mcp", endpoint=self._mcp))
        self.app.router.routes.extend(protocol_routes(daemon))
        terminal = TerminalSocket(daemon, self.runner, self._closing)
        self.app.router.routes.append(WebSocketRoute(PATH, endpoint=terminal.serve))

    async def close_streams(self) -> None:
        """End what would go on for as long as its client likes: event streams, commands, terminals, MCP sessions, and
        runners that wait for work."""
        self._closing.set()
        self._daemon.service(Jobs).close()
        self.runner.ask_to_end()
        await self._mcp.close()

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            arguments = await arguments_of(request, operation)
            who, request_id = request.scope["principal"], request.scope["request_id"]
            if operation.long and "text/event-stream" in request.headers.get("accept", ""):
                return stream(self.runner.stream(who, operation.name, arguments, surface="http", request_id=request_id))
            answer = await self.runner.run(who, operation.name, arguments, surface="http", request_id=request_id)
            if isinstance(answer, Stream):
                return download(answer)
            return Response(answer.model_dump_json(), media_type="application/json")

        return endpoint

    async def _events(self, request: Request) -> Response:
        after = last_seen(request.headers.get("last-event-id"))
        return stream(follow(self._daemon.bus, partial(still, request.scope), after, self._closing))


async def _healthy() -> Response:
    return JSONResponse({"version": __version__})
