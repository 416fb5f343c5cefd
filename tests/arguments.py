"""Arguments for any operation, made from its input model: a field's examples first, else whatever its schema takes."""

import base64
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError

from nacre.core.names import Ref
from nacre.core.operations import Operation
from nacre.surfaces.verbs import Schema, essence, resolved

_WORDS = ("sample", "1", "10m", "1.0", "a.txt", "sample-1", "sample@example.org", "https://example.org", "00000000")


def arguments_for(operation: Operation, *refs: str, **chosen: Any) -> dict[str, Any]:
    """Valid values for all required fields; fields that name branches get `refs`, the last of them over and over.

    `chosen` are used for the fields of these names where an operation has them, required or not. Fails when the model
    does not take what was made: then give the field `examples=[…]` in its declaration.
    """
    schema = operation.input.model_json_schema()
    required = set(schema.get("required", ()))
    left = list(refs)
    made: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        if name in branch_fields(operation):
            if required & {name}:
                made[name] = _as_needed(field, left.pop(0) if len(left) > 1 else left[0])
        elif name == operation.body:
            made[name] = b"sample"
        elif name in chosen:
            made[name] = _as_needed(field, chosen[name])
        elif name in required:
            made[name] = _value(field, schema)
    try:
        operation.input.model_validate(made)
    except ValidationError as error:
        raise AssertionError(
            f"no arguments can be made up for “{operation.name}”: give the fields named here examples=[…]\n{error}"
        ) from error
    return made


def branch_fields(operation: Operation) -> list[str]:
    """The fields whose values are branches, singly or in lists."""
    hints = get_type_hints(operation.input)
    return [name for name in operation.input.model_fields if any(part is Ref for part in _parts(hints[name]))]


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _as_needed(field: Schema, value: Any) -> Any:
    is_list = field.get("type") == "array" or any(one.get("type") == "array" for one in field.get("anyOf", ()))
    return [value] if is_list and not isinstance(value, list) else value


def _value(field: Schema, root: Schema) -> Any:
    field = essence(resolved(field, root), root)
    for key in ("examples", "enum"):
        if field.get(key):
            return field[key][0]
    if "const" in field:
        return field["const"]
    if "anyOf" in field:
        return _value(field["anyOf"][0], root)
    match field.get("type"):
        case "boolean":
            return False
        case "integer" | "number":
            return _number(field)
        case "array":
            return [_value(field.get("items", {}), root)] * max(1, field.get("minItems", 1))
        case "object":
            own, needed = field.get("properties", {}), set(field.get("required", ()))
            return {name: _value(one, root) for name, one in own.items() if name in needed}
    return _text(field)


def _number(field: Schema) -> float:
    if "exclusiveMinimum" in field:
        return float(field["exclusiveMinimum"]) + 1
    return int(field.get("minimum", 1))


def _text(field: Schema) -> str:
    if field.get("format") in ("base64", "binary"):
        return base64.b64encode(b"sample").decode()
    if field.get("format") == "date-time":
        return "2026-01-31T10:42:00Z"
    fitting = (word for word in _WORDS if re.search(field.get("pattern", ""), word))
    word = next(fitting, "sample")
    return word[: field.get("maxLength", 1000)].ljust(field.get("minLength", 0), "x")
