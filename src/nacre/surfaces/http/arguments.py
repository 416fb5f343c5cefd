"""From a request to an operation's arguments: path fields, then the query or the JSON body.

Whether the values fit is the dispatcher's to check.
"""

import json
from typing import Any

from starlette.requests import Request

from nacre.core.errors import InvalidInput
from nacre.core.operations import Operation


async def arguments_of(request: Request, operation: Operation) -> dict[str, Any]:
    """Collect what the request says; refuses a body that is no JSON object or that repeats a field of the path."""
    path = dict(request.path_params)
    rest = await _body(request) if takes_body(operation) else _query(request, operation)
    for name in path.keys() & rest.keys():
        raise InvalidInput(
            "bad-input", f"“{name}” stands in the path and again in the request.", hint="Leave it out of the latter."
        )
    return {**rest, **path}


def takes_body(operation: Operation) -> bool:
    return operation.method not in {"GET", "DELETE"}


def _query(request: Request, operation: Operation) -> dict[str, Any]:
    query = request.query_params
    return {name: query.getlist(name) if _is_list(operation, name) else query[name] for name in query}


def _is_list(operation: Operation, name: str) -> bool:
    schema = operation.input.model_json_schema()["properties"].get(name, {})
    return any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))


async def _body(request: Request) -> dict[str, Any]:
    text = await request.body()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise InvalidInput("bad-json", f"The request's body is not JSON: {error}.") from None
    except RecursionError:
        raise InvalidInput("bad-json", "The request's body is nested too deeply.") from None
    if not isinstance(body, dict):
        raise InvalidInput("bad-json", "The request's body must be a JSON object.")
    return body
