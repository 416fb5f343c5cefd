"""`/metrics`: what is measured now, for Prometheus and its like, to whom the numbers may be shown."""

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nacre.monitoring.exposition import CONTENT_TYPE
from nacre.monitoring.scraping import Scraping
from nacre.surfaces.http.route import route
from nacre.surfaces.http.served import Served


def metrics_route(daemon: Served) -> Route:
    async def metrics(request: Request) -> Response:
        who = request.scope.get("principal")
        address = request.scope["visitor"].address
        text = await run_sync(daemon.service(Scraping).text, who, address)
        return Response(text, media_type=CONTENT_TYPE)

    return route("/metrics", "GET", metrics)
