"""From the fields of an operation's input to click's arguments and options."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from nacre.surfaces.verbs import Schema, Verb, essence

_TYPES: dict[str, click.ParamType[Any]] = {"integer": click.INT, "number": click.FLOAT, "boolean": click.BOOL}


class _Json(click.ParamType[Any]):
    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"not JSON: {error}", param, ctx)


class _Path(click.ParamType[Any]):
    """The daemon runs elsewhere: a path is told from the root on."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return str(Path(value).expanduser().absolute())


class _Bytes(click.ParamType[Any]):
    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            with click.open_file(value, "rb") as file:
                return file.read()
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)


class _File(_Bytes):
    """One that may be of any size, and is read when it is sent."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return click.open_file(value, "rb")
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)


def parameters_of(verb: Verb) -> list[click.Parameter]:
    """Arguments in the order declared, then options."""
    fields = {name: essence(schema, verb.input) for name, schema in verb.fields.items()}
    arguments: list[click.Parameter] = [
        argument(name, fields[name], required=verb.requires(name), root=verb.input) for name in verb.positionals
    ]
    options = [
        option(name, schema, short=verb.shorts.get(name), required=verb.requires(name), root=verb.input)
        for name, schema in fields.items()
        if name not in verb.positionals
    ]
    return [*arguments, *options]


def argument(name: str, schema: Schema, *, required: bool, root: Schema) -> click.Argument:
    many = schema.get("type") == "array"
    return click.Argument([name], type=_type(schema, root), required=required, nargs=-1 if many else 1)


def option(name: str, schema: Schema, *, short: str | None, required: bool, root: Schema) -> click.Option:
    """An option for one field. Left out, it is not sent: the default shown is the daemon's to fill in."""
    if schema.get("format") == "password":
        return _secret(name, schema, required=required)
    flag = schema.get("type") == "boolean" and not required
    long = f"--{name.rstrip('_').replace('_', '-')}"  # a word of Python's, such as as_, has an underscore more
    if flag and schema.get("default") is True:
        long = f"{long}/--no-{name.replace('_', '-')}"
    default = schema.get("default")
    plain = not flag and not isinstance(default, dict) and default not in (None, False, "", [])
    shown = f" [default: {default}]" if plain else ""
    return click.Option(
        [*([short] if short else []), long, name],
        type=None if flag else _type(schema, root),
        is_flag=flag,
        default=None,
        multiple=schema.get("type") == "array",
        required=required,
        help=schema.get("description", "") + shown,
    )


def _secret(name: str, schema: Schema, *, required: bool) -> click.Option:
    """Asked for on the terminal, unseen, or read as a line of standard input: arguments are for all to see.

    One that is not required is asked for when its option is given, which takes no value.
    """
    return _Secret(
        [f"--{name.replace('_', '-')}", name],
        prompt=schema.get("description", name).rstrip("."),
        prompt_required=required,
        hide_input=True,
        hidden=required,
        expose_value=True,
        metavar="" if not required else None,
        help=f"{schema.get('description', name)} Asked for, or read as a line of standard input.",
    )


class _Secret(click.Option):
    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        if isinstance(opts.get(str(self.name)), str):
            raise click.BadParameter("write it without a value, which others could see; it is asked for.", ctx, self)
        return super().consume_value(ctx, opts)

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """What is piped in goes before the terminal, which getpass would ask although it is not standard input."""
        if sys.stdin.isatty():
            return super().prompt_for_value(ctx)
        return self.process_value(ctx, sys.stdin.readline().rstrip("\r\n") or None)


def argument_help(verb: Verb) -> str:
    """What each argument means: click's own help lists options only."""
    fields = verb.fields
    width = max((len(name) for name in verb.positionals), default=0)
    lines = (f"  {name.upper():{width}}  {fields[name].get('description', '')}" for name in verb.positionals)
    return "\n".join(line.rstrip() for line in lines)


def _type(schema: Schema, root: Schema) -> click.ParamType[Any]:
    if "enum" in schema:
        return click.Choice([str(choice) for choice in schema["enum"]])
    if schema.get("type") == "array":
        return _type(essence(schema.get("items", {}), root), root)
    if schema.get("type") == "object":
        return _Json()
    if schema.get("format") == "binary":
        return _Bytes()
    if schema.get("format") == "file":
        return _File()
    if schema.get("format") == "path":
        return _Path()
    return _TYPES.get(str(schema.get("type")), click.STRING)
