"""The app as it is served: the operations' routes, events, health, and MCP, which loads when first asked for."""

import asyncio
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from nacre.core.operations import Operation, Stream
from nacre.core.principals import Principal
from nacre.core.spools import Spool, Spools
from nacre.jobs.jobs import Jobs
from nacre.monitoring.traffic import Traffic
from nacre.surfaces.http.arguments import arguments_of
from nacre.surfaces.http.counted import Counted
from nacre.surfaces.http.download import download
from nacre.surfaces.http.errors import answer_errors
from nacre.surfaces.http.events import follow, last_seen
from nacre.surfaces.http.health import health_routes
from nacre.surfaces.http.mcp_mount import McpMount
from nacre.surfaces.http.metrics import metrics_route
from nacre.surfaces.http.protocols import protocol_routes
from nacre.surfaces.http.route import Endpoint, route
from nacre.surfaces.http.routes import routes_of
from nacre.surfaces.http.running import Runner
from nacre.surfaces.http.served import Served
from nacre.surfaces.http.sign_in import sign_in_routes
from nacre.surfaces.http.sockets import PATH, TerminalSocket
from nacre.surfaces.http.sse import stream
from nacre.surfaces.http.still import still

_LARGEST_BODY_BYTES = 64 << 20


class Api:
    """The ASGI app and what must end with it. Wrap `app` in OverSocket or OverTcp before serving it."""

    def __init__(self, daemon: Served, detailed_errors: bool = False) -> None:
        self.runner = Runner(daemon.dispatcher)
        self._closing = asyncio.Event()
        self._daemon = daemon
        self._mcp = McpMount(daemon.dispatcher.registry, self.runner)
        terminal = TerminalSocket(daemon, self.runner, self._closing)
        self.app = Starlette(
            routes=[
                *routes_of(daemon.dispatcher.registry, self._endpoint),
                *sign_in_routes(daemon),
                *health_routes(daemon),
                metrics_route(daemon),
                route("/api/events", "GET", self._events),
                Route("/mcp", endpoint=self._mcp),
                *protocol_routes(daemon),
                WebSocketRoute(PATH, endpoint=terminal.serve),
            ],
            max_body_size=_LARGEST_BODY_BYTES,
        )
        answer_errors(self.app, detailed_errors)
        self.app.add_middleware(Counted, traffic=daemon.service(Traffic))

    async def close_streams(self) -> None:
        """End what would go on for as long as its client likes: event streams, commands, terminals, MCP sessions, and
        runners that wait for work."""
        self._closing.set()
        self._daemon.service(Jobs).close()
        self.runner.ask_to_end()
        await self._mcp.close()

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            who, request_id = request.scope["principal"], request.scope["request_id"]
            arguments = await arguments_of(request, operation, partial(self._spool, who, operation))
            if operation.long and "text/event-stream" in request.headers.get("accept", ""):
                told = self.runner.stream(
                    who, operation.name, arguments, surface="http", request_id=request_id, still=request.scope["still"]
                )
                return stream(told)
            answer = await self.runner.run(who, operation.name, arguments, surface="http", request_id=request_id)
            if isinstance(answer, Stream):
                return download(answer)
            return Response(answer.model_dump_json(), media_type="application/json")

        return endpoint

    def _spool(self, who: Principal, operation: Operation) -> Spool:
        self._daemon.dispatcher.refuse_the_hopeless(who, operation.name)
        return self._daemon.service(Spools).for_upload()

    async def _events(self, request: Request) -> Response:
        after = last_seen(request.headers.get("last-event-id"))
        return stream(follow(self._daemon.bus, partial(still, request.scope), after, self._closing))
