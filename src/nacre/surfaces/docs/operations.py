"""docs/reference/operations.md: every operation with its command line, route, role, effect, inputs and outputs."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from nacre.surfaces.docs import markdown
from nacre.surfaces.docs.schema import type_words
from nacre.surfaces.verbs import Schema, Verb

_ABOUT = """# Operations

Each verb of Nacre is one operation, offered alike on the command line, over HTTP and over MCP.
A destructive one asks for confirmation on a terminal. One marked *long* streams its progress over HTTP to whoever
accepts `text/event-stream`; one that *speaks* also streams what the program it runs writes. Agents find those marked
*tool* as MCP tools; the others by `call_operation`."""


def page(verbs: Sequence[Verb]) -> str:
    """The whole page, subjects and operations in order of name."""
    ordered = sorted(verbs, key=lambda verb: (_subject(verb), verb.name))
    parts = [_ABOUT, _overview(ordered)]
    for subject, group in groupby(ordered, _subject):
        parts += [f"## {subject}", *(_operation(verb) for verb in group)]
    return markdown.page(*parts)


def command_line(verb: Verb) -> str:
    """How the operation is typed: `nacre rewind REF MOMENT [OPTIONS]`."""
    options = [] if len(verb.positionals) == len(verb.fields) else ["[OPTIONS]"]
    places = [name.upper() if verb.requires(name) else f"[{name.upper()}]" for name in verb.positionals]
    return " ".join(["nacre", *verb.words, *places, *options])


def _subject(verb: Verb) -> str:
    return verb.name.split(".")[0]


def _overview(verbs: Iterable[Verb]) -> str:
    rows = ([f"[`{verb.name}`](#{_anchor(verb)})", f"`{command_line(verb)}`", verb.summary] for verb in verbs)
    return markdown.table(["operation", "command line", "what it does"], rows)


def _anchor(verb: Verb) -> str:
    return verb.name.replace(".", "")


def _operation(verb: Verb) -> str:
    marks = [
        f"role {verb.role}",
        verb.effect,
        *(["long"] if verb.long else []),
        *(["speaks"] if verb.speaks else []),
        *(["tool"] if verb.first_class else []),
    ]
    calls = f"```\n{command_line(verb)}\n{verb.method} {verb.path}\n```"
    inputs = markdown.table(["input", "type", "default", "meaning"], _inputs(verb))
    parts = [f"### {verb.name}", verb.summary, verb.description, " · ".join(marks), calls, inputs, _answer(verb.output)]
    return "\n\n".join(part for part in parts if part)


def _inputs(verb: Verb) -> Iterable[list[str]]:
    for name, schema in verb.input.get("properties", {}).items():
        if name in verb.headers:
            continue
        default = "required" if verb.requires(name) else _default(schema)
        yield [f"`{name}`", type_words(schema, verb.input), default, verb.fields[name].get("description", "")]


def _default(schema: Schema) -> str:
    default = schema.get("default")
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "" if default in (None, "", []) else f"`{default}`"


def _answer(schema: Schema) -> str:
    """The answer's fields, then those of the models inside it."""
    models = {"answer": schema, **schema.get("$defs", {})}
    if schema.get("title") == "Stream":
        return "Answers with bytes."
    tables = []
    for title, model in models.items():
        if "properties" in model:
            rows = (
                [f"`{name}`", type_words(field, schema), field.get("description", "")]
                for name, field in model["properties"].items()
            )
            about = model.get("description", "")
            drawn = markdown.table([title, "type", "meaning"], rows)
            tables.append(f"{about}\n\n{drawn}" if about else drawn)
        elif title == "answer":
            tables.append(f"Answers with {type_words(model, schema)}.")
    return "\n\n".join(tables)
