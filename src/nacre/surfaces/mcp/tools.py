"""The tools agents see: few and terse, because every session pays for their definitions in tokens."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mcp_types import Tool, ToolAnnotations

from nacre.core.errors import InvalidInput, NotFound
from nacre.surfaces.verbs import Schema, Verb, essence

INSTRUCTIONS = (
    "Nacre: a Postgres and a file tree per project, both back to any second. A ref is `shop` or `shop:branch`; "
    "a moment is a time, an age (10m), a checkpoint (#12) or `before #12`."
)

_EXPLAINED = {"ref", "moment"}
"""Fields that the instructions explain once for all tools."""

_NAME: Schema = {"type": "string", "description": "operation, e.g. branch.diff"}
_GENERAL = (
    Tool(
        name="list_operations",
        description="Names and summaries of all operations.",
        input_schema={"type": "object", "properties": {"prefix": {"type": "string"}}},
        annotations=ToolAnnotations(read_only_hint=True),
    ),
    Tool(
        name="describe_operation",
        description="What one operation takes and answers (JSON Schema).",
        input_schema={"type": "object", "properties": {"name": _NAME}, "required": ["name"]},
        annotations=ToolAnnotations(read_only_hint=True),
    ),
    Tool(
        name="call_operation",
        description="Run any operation.",
        input_schema={
            "type": "object",
            "properties": {"name": _NAME, "arguments": {"type": "object"}},
            "required": ["name"],
        },
    ),
)


class Tools:
    """Tool definitions, and what a call of one of them means."""

    def __init__(self, verbs: Iterable[Verb]) -> None:
        self._verbs = {verb.name: verb for verb in verbs}
        self._own = {tool_name(verb): verb for verb in self._verbs.values() if verb.first_class}

    def definitions(self) -> list[Tool]:
        return [*(_tool(name, verb) for name, verb in self._own.items()), *_GENERAL]

    def answer(self, tool: str, arguments: Mapping[str, Any]) -> str | None:
        """The text of a tool that only tells about operations; None for one that runs an operation."""
        if tool == "list_operations":
            prefix = str(arguments.get("prefix") or "")
            lines = (f"{verb.name}: {verb.summary}" for verb in self._verbs.values() if verb.name.startswith(prefix))
            return "\n".join(lines)
        if tool == "describe_operation":
            return _description(self._verb(arguments))
        return None

    def operation(self, tool: str, arguments: Mapping[str, Any]) -> tuple[Verb, Mapping[str, Any]]:
        """Which operation this call runs, with which arguments. Raises NotFound "unknown-tool", InvalidInput."""
        if tool in self._own:
            return self._own[tool], arguments
        if tool != "call_operation":
            raise NotFound("unknown-tool", f"There is no tool “{tool}”.", hint="list_operations names what there is.")
        inner = arguments.get("arguments") or {}
        if not isinstance(inner, Mapping):
            raise InvalidInput(
                "bad-input", "“arguments” must be an object.", hint="describe_operation shows its fields."
            )
        return self._verb(arguments), inner

    def _verb(self, arguments: Mapping[str, Any]) -> Verb:
        name = str(arguments.get("name") or "")
        verb = self._verbs.get(name) or self._own.get(name)
        if verb is None:
            raise NotFound("unknown-operation", f"There is no operation “{name}”.", hint="list_operations names them.")
        return verb


def tool_name(verb: Verb) -> str:
    """Model providers allow letters, digits, _ and - in a tool's name, but no dots."""
    return verb.name.replace(".", "_")


def _tool(name: str, verb: Verb) -> Tool:
    told = {field: schema for field, schema in verb.fields.items() if field not in verb.rare}
    fields = {field: _terse(schema, verb.input) for field, schema in told.items()}
    for field in _EXPLAINED & fields.keys():
        fields[field].pop("description", None)
    schema: Schema = {"type": "object", "properties": fields}
    if required := [field for field in fields if verb.requires(field)]:
        schema["required"] = required
    return Tool(name=name, description=verb.summary, input_schema=schema, annotations=_annotations(verb))


def _annotations(verb: Verb) -> ToolAnnotations:
    if verb.effect == "read":
        return ToolAnnotations(read_only_hint=True)
    return ToolAnnotations(destructive_hint=verb.effect == "destructive")


def _terse(schema: Schema, root: Schema) -> Schema:
    """Only what helps a model fill the field in: its type, choices and description."""
    schema = essence(schema, root)
    kept: Schema = {key: schema[key] for key in ("type", "enum", "description") if key in schema}
    if "items" in schema:
        kept["items"] = _terse(schema["items"], root)
    return kept


def _description(verb: Verb) -> str:
    facts = {
        "name": verb.name,
        "summary": verb.summary,
        "description": verb.description,
        "role": verb.role,
        "effect": verb.effect,
        "input": verb.input,
        "output": verb.output,
    }
    return json.dumps(facts, ensure_ascii=False)
