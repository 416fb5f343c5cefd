"""Signs of life: `/healthz` says that the daemon answers, `/readyz` whether it can do its work.

By HEAD too: uptime monitors and load balancers ask so, and it costs hardly anything.
"""

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nacre import __version__
from nacre.monitoring.readiness import Readiness
from nacre.surfaces.http.served import Served


def health_routes(daemon: Served) -> list[Route]:
    async def ready(_request: Request) -> Response:
        lacking = await run_sync(daemon.service(Readiness).lacking)
        return JSONResponse({"ready": not lacking, "lacking": lacking}, 503 if lacking else 200)

    return [Route("/healthz", _healthy, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"version": __version__})
