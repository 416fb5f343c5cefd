"""The routes of the operations, described in full for OpenAPI."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from nacre import __version__
from nacre.core.operations import Operation, Registry, Stream
from nacre.surfaces.http.errors import ErrorDocument, answer_errors
from nacre.surfaces.http.openapi import complete, describe_answer, describe_input
from nacre.surfaces.http.sign_in import add_sign_in

Endpoint = Callable[[Request], Awaitable[Response]]

_LARGEST_BODY_BYTES = 64 << 20


def described_app(
    registry: Registry, endpoint_of: Callable[[Operation], Endpoint], detailed_errors: bool = False
) -> FastAPI:
    """An app with a route for each operation, answered by the endpoint made for it."""
    app = FastAPI(
        title="Nacre",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        max_body_size=_LARGEST_BODY_BYTES,
    )
    answer_errors(app, detailed_errors)
    for operation in registry:
        _add(app, operation, endpoint_of(operation))
    complete(app, registry)
    return app


def openapi_of(registry: Registry) -> dict[str, Any]:
    """The OpenAPI document of the API, without a daemon that answers it."""

    async def unanswered(_request: Request) -> Response:
        return Response(status_code=503)

    app = described_app(registry, lambda operation: unanswered)
    add_sign_in(app, lambda way: unanswered)
    return app.openapi()


def _add(app: FastAPI, operation: Operation, endpoint: Endpoint) -> None:
    app.add_api_route(
        operation.path,
        endpoint,
        methods=[operation.method],
        operation_id=operation.name,
        summary=operation.summary,
        description=operation.description or operation.summary,
        tags=[operation.name.split(".")[0]],
        response_model=None if issubclass(operation.output, Stream) else operation.output,
        responses={
            **describe_answer(operation),
            "4XX": {"model": ErrorDocument},
            "5XX": {"model": ErrorDocument},
        },
        openapi_extra=describe_input(operation),
    )
