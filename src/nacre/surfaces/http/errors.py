"""Every failure leaves as one document: {"error": {code, message, hint}}."""

import math
import traceback

import structlog
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from nacre.core.errors import Failed, InvalidInput, NacreError, NotFound, TooLarge, TooOften

_log = structlog.get_logger()


class ErrorFacts(BaseModel):
    """`code` is stable and for programs; `message` says what and why; `hint` says what to do next."""

    code: str
    message: str
    hint: str


class ErrorDocument(BaseModel):
    """What every failed request answers with."""

    error: ErrorFacts


def answer_errors(app: Starlette, detailed: bool) -> None:
    """Make the app answer refusals, unknown routes and crashes with documents; `detailed` ones show tracebacks."""
    app.state.detailed_errors = detailed
    app.add_exception_handler(NacreError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _crashed)


def refusal(error: NacreError) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == 401 else {}
    if isinstance(error, TooOften):
        headers["Retry-After"] = str(math.ceil(error.wait_s))
    return JSONResponse(error.document(), error.http_status, headers=headers)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, NacreError)
    if error.__cause__ and error.http_status >= 500 and request.app.state.detailed_errors:
        return refusal(_with_traceback(error, error.__cause__))
    return refusal(error)


async def _not_served(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse(_in_words(request, error).document(), error.status_code, headers=error.headers)


def _in_words(request: Request, error: HTTPException) -> NacreError:
    hint = "GET /api/openapi.json lists every route."
    if error.status_code == 404:
        return NotFound("unknown-route", f"There is nothing at {request.url.path}.", hint=hint)
    if error.status_code == 405:
        return InvalidInput("method-not-allowed", f"{request.method} is not offered at {request.url.path}.", hint=hint)
    if error.status_code == 413:
        return TooLarge("body-too-large", "The request's body is larger than the API takes.")
    return NacreError("http-error", str(error.detail), hint=hint)


async def _crashed(request: Request, error: Exception) -> JSONResponse:
    request_id = request.scope["request_id"]
    _log.error("request crashed", path=request.url.path, request_id=request_id, exc_info=error)
    failed = Failed(
        "internal-error",
        f"Nacre failed while answering: {type(error).__name__}.",
        hint=f"The daemon's log has the details under request {request_id}.",
    )
    return JSONResponse(
        (_with_traceback(failed, error) if request.app.state.detailed_errors else failed).document(), 500
    )


def _with_traceback(error: NacreError, cause: BaseException) -> NacreError:
    """For whoever works on Nacre itself: where it happened, in place of where to look that up."""
    return type(error)(error.code, error.message, hint="".join(traceback.format_exception(cause)))
