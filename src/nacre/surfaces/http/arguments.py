"""From a request to an operation's arguments: path fields, then the query or the JSON body, or a raw body and headers.

Whether the values fit is the dispatcher's to check.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from anyio.to_thread import run_sync
from pydantic_core import from_json
from starlette.requests import Request

from nacre.core.errors import InvalidInput, TooLarge
from nacre.core.operations import Operation
from nacre.core.spools import Spool

LARGEST_RAW_BODY_BYTES = 16 << 20
_WRITTEN_AT_ONCE = 1 << 20
UNBOUNDED = "nacre.unbounded"
"""Set in a request's scope by whoever bounds its body itself."""


async def arguments_of(request: Request, operation: Operation, spool: Callable[[], Spool]) -> dict[str, Any]:
    """Collect what the request says; refuses a body that is no JSON object or that repeats a field of the path.

    `spool` makes the file for a raw body of any length.
    """
    path = dict(request.path_params)
    rest = await _body(request) if takes_json(operation) else _query(request, operation)
    for name in path.keys() & rest.keys():
        raise InvalidInput(
            "bad-input", f"“{name}” stands in the path and again in the request.", hint="Leave it out of the latter."
        )
    raw: dict[str, Any] = {}
    if operation.body is not None:
        raw[operation.body] = await (_spooled(request, spool()) if operation.spools else _raw(request))
    return {**rest, **path, **raw, **_headers(request, operation)}


def takes_json(operation: Operation) -> bool:
    return operation.method not in {"GET", "DELETE"} and operation.body is None


def _query(request: Request, operation: Operation) -> dict[str, Any]:
    query = request.query_params
    for name in query.keys() & {operation.body, *operation.headers}:
        raise InvalidInput("bad-input", f"“{name}” cannot be given in the query.")
    return {name: query.getlist(name) if _is_list(operation, name) else query[name] for name in query}


def _is_list(operation: Operation, name: str) -> bool:
    schema = operation.input.model_json_schema()["properties"].get(name, {})
    return any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))


def _headers(request: Request, operation: Operation) -> dict[str, str]:
    said = request.headers
    return {field: said[header] for field, header in operation.headers.items() if header in said}


async def _raw(request: Request) -> bytes:
    """The raw body, refused as soon as it is longer than one call may carry."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_RAW_BODY_BYTES:
            raise TooLarge(
                "body-too-large",
                f"One call carries at most {LARGEST_RAW_BODY_BYTES >> 20} MiB.",
                hint="Send a larger file in pieces (upload.begin).",
            )
    return bytes(body)


async def _spooled(request: Request, spool: Spool) -> Spool:
    """The raw body on disk, refused as soon as it is longer than the spool takes."""
    request.scope[UNBOUNDED] = True
    announced = request.headers.get("content-length", "")
    if announced.isdecimal():
        spool.promise(int(announced))
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= _WRITTEN_AT_ONCE:
            await run_sync(spool.write, bytes(waiting))
            waiting.clear()
    await run_sync(spool.write, bytes(waiting))
    return spool


async def _body(request: Request) -> dict[str, Any]:
    text = await request.body()
    if not text.strip():
        return {}
    body = _loaded(text)
    if not isinstance(body, dict):
        raise InvalidInput("bad-json", "The request's body must be a JSON object.")
    return body


def _loaded(text: bytes) -> Any:
    """A vector of 1536 numbers takes from_json a fifth of the time. What it refuses, json decides: it takes halves of
    characters too, as names of files hold them."""
    with suppress(ValueError):
        return from_json(text)
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput("bad-json", f"The request's body is not JSON: {error}.") from None
    except RecursionError:
        raise InvalidInput("bad-json", "The request's body is nested too deeply.") from None
