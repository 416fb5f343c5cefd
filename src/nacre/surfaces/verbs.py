"""What a surface without the daemon's code knows of an operation: plain facts, kept in a generated file.

The command line reads them from manifest.json and so starts without importing any subject; everything that runs
inside the daemon describes the live registry instead. `python -m nacre.surfaces.docs` writes the file.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nacre.core.operations import Operation

Schema = dict[str, Any]
"""A JSON Schema."""

_TUPLES = ("words", "positionals", "headers", "rare")
MANIFEST = Path(__file__).with_name("manifest.json")


@dataclass(frozen=True)
class Verb:
    """One operation. `words` are those typed; `positionals` and `shorts` say how its fields are written there.

    `streams`: it answers with bytes. `body` is the field that is the request's raw body, `headers` are those that only
    HTTP headers fill, `rare` those that agents are not told of at once.
    """

    name: str
    method: str
    path: str
    role: str
    effect: str
    words: tuple[str, ...]
    summary: str
    description: str
    long: bool
    speaks: bool
    streams: bool
    first_class: bool
    positionals: tuple[str, ...]
    shorts: dict[str, str]
    body: str | None
    headers: tuple[str, ...]
    rare: tuple[str, ...]
    input: Schema
    output: Schema

    @property
    def fields(self) -> dict[str, Schema]:
        """The input's fields that a caller writes, by name, references resolved."""
        properties: dict[str, Schema] = self.input.get("properties", {})
        return {name: resolved(schema, self.input) for name, schema in properties.items() if name not in self.headers}

    def requires(self, field: str) -> bool:
        return field in self.input.get("required", ())


def describe(operation: "Operation") -> Verb:
    """The facts of one live operation."""
    from nacre.core.operations import Rare, Stream, cli_of, marked

    shorts = {name: cli_of(operation.input, name).short for name in operation.input.model_fields}
    return Verb(
        name=operation.name,
        method=operation.method,
        path=operation.path,
        role=operation.role.word,
        effect=operation.effect.value,
        words=operation.verb,
        summary=operation.summary,
        description=operation.description,
        long=operation.long,
        speaks=operation.speaks,
        streams=issubclass(operation.output, Stream),
        first_class=operation.first_class,
        positionals=operation.positionals,
        shorts={name: short for name, short in shorts.items() if short},
        body=operation.body,
        headers=tuple(operation.headers),
        rare=tuple(name for name in operation.input.model_fields if marked(operation.input, name, Rare)),
        input=operation.input.model_json_schema(),
        output=operation.output.model_json_schema(mode="serialization"),
    )


def read_manifest() -> dict[str, Verb]:
    """All verbs by operation name, as of the last generation."""
    entries = json.loads(MANIFEST.read_text())
    return {entry["name"]: Verb(**entry | {key: tuple(entry[key]) for key in _TUPLES}) for entry in entries}


def manifest_text(operations: "Iterable[Operation]") -> str:
    """What manifest.json must hold for these operations."""
    entries = [json.dumps(asdict(describe(operation)), ensure_ascii=False) for operation in operations]
    return "[\n" + ",\n".join(entries) + "\n]\n"


def resolved(schema: Schema, root: Schema) -> Schema:
    """`schema` with a reference into the root's $defs followed; what stands beside the reference wins."""
    if "$ref" not in schema:
        return schema
    target: Schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def essence(schema: Schema, root: Schema) -> Schema:
    """The one type of a field that may also be null, references resolved."""
    schema = resolved(schema, root)
    types = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return {**schema, **resolved(types[0], root)} if len(types) == 1 else schema
