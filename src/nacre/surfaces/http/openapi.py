"""The OpenAPI document: FastAPI describes the answers; what an operation takes comes from its input model."""

from typing import Any

from fastapi import FastAPI

from nacre.core.operations import Operation, Registry, Stream
from nacre.surfaces.http.arguments import takes_json

_COMPONENT = "#/components/schemas/{model}"


def describe_input(operation: Operation) -> dict[str, Any]:
    """The `parameters` and `requestBody` of one operation, for FastAPI's openapi_extra."""
    schema = operation.input.model_json_schema(ref_template=_COMPONENT)
    fields: dict[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    in_path = [name for name in fields if f"{{{name}}}" in operation.path]
    apart = {*in_path, operation.body, *operation.headers}
    rest = {name: field for name, field in fields.items() if name not in apart}
    parameters = [_parameter(name, fields[name], "path", True) for name in in_path]
    parameters += [_parameter(name, fields[field], "header", False) for field, name in operation.headers.items()]
    if not takes_json(operation):
        parameters += [_parameter(name, field, "query", name in required) for name, field in rest.items()]
        return {"parameters": parameters, **_raw_body(operation, fields)}
    body = {
        "type": "object",
        "title": operation.input.__name__,
        "properties": rest,
        "required": [name for name in rest if name in required],
        "additionalProperties": False,
    }
    needed = bool(body["required"])
    return {
        "parameters": parameters,
        "requestBody": {"required": needed, "content": {"application/json": {"schema": body}}},
    }


def describe_answer(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """The successful answers of an operation that streams bytes, for FastAPI's `responses`; none for all others."""
    if not issubclass(operation.output, Stream):
        return {}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The bytes", "content": content},
        206: {"description": "The part of them that `Range` asked for", "content": content},
    }


def complete(app: FastAPI, registry: Registry) -> None:
    """Add to the app's document what FastAPI cannot know: models that inputs refer to, the event stream, sign-in."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            components = document["components"]
            for operation in registry:
                for name, schema in operation.input.model_json_schema(ref_template=_COMPONENT).get("$defs", {}).items():
                    components["schemas"].setdefault(name, schema)
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"token": []}]
            document["paths"]["/api/events"] = {"get": _EVENTS}
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _raw_body(operation: Operation, fields: dict[str, Any]) -> dict[str, Any]:
    if operation.body is None:
        return {}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    about = fields[operation.body].get("description", "")
    return {"requestBody": {"required": True, "description": about, "content": content}}


def _parameter(name: str, schema: dict[str, Any], place: str, required: bool) -> dict[str, Any]:
    description = schema.get("description", "")
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


_EVENTS: dict[str, Any] = {
    "tags": ["events"],
    "summary": "Follow what happens, as server-sent events.",
    "description": "One event for each finished operation on the projects that the caller may touch. "
    "`Last-Event-ID` gives what was missed since; a comment line comes at least every 15 s.",
    "operationId": "events",
    "parameters": [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "integer"}}],
    "responses": {
        "200": {"description": "The stream", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    },
}
