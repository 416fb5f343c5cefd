"""The OpenAPI document of the API. FastAPI makes it, which nobody pays for who does not ask for the document."""

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from nacre import __version__
from nacre.core.operations import Operation, Registry, Stream
from nacre.surfaces.http.errors import ErrorDocument
from nacre.surfaces.http.openapi import complete, describe_answer, describe_input
from nacre.surfaces.http.sign_in import WAYS, Way

_FAILURES: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorDocument}, "5XX": {"model": ErrorDocument}}


def openapi_of(registry: Registry) -> dict[str, Any]:
    """What the operations take and answer, and how one signs in."""
    app = FastAPI(title="Nacre", version=__version__)
    for operation in registry:
        _describe(app, operation)
    complete(app, registry)
    for way in WAYS:
        _describe_sign_in(app, way)
    return app.openapi()


def _describe(app: FastAPI, operation: Operation) -> None:
    app.add_api_route(
        operation.path,
        _unanswered,
        methods=[operation.method],
        operation_id=operation.name,
        summary=operation.summary,
        description=operation.description or operation.summary,
        tags=[operation.name.split(".")[0]],
        response_model=None if issubclass(operation.output, Stream) else operation.output,
        responses={**describe_answer(operation), **_FAILURES},
        openapi_extra=describe_input(operation),
    )


def _describe_sign_in(app: FastAPI, way: Way) -> None:
    extra: dict[str, Any] = {"security": []} if "sign-in" in way.path else {}
    if way.body is not None:
        content = {"application/json": {"schema": way.body.model_json_schema()}}
        extra["requestBody"] = {"required": True, "content": content}
    app.add_api_route(
        way.path,
        _unanswered,
        methods=[way.method],
        operation_id=way.endpoint,
        summary=way.summary,
        tags=["sign-in"],
        response_model=way.answer,
        status_code=200 if way.answer else 303 if way.method == "GET" else 204,
        responses=_FAILURES,
        openapi_extra=extra,
    )


async def _unanswered(_request: Request) -> Response:
    return Response(status_code=503)
