"""The registry: every verb of the product is declared once, as one operation, and every surface comes from it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict

from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Call(BaseModel):
    """Base of every operation's input. Unknown fields are refused; every Ref in it is checked for scope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def refs(self) -> Iterator[Ref]:
        """The branches this call touches."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for each in value if isinstance(value, list | tuple) else (value,):
                if isinstance(each, Ref):
                    yield each


class Answer(BaseModel):
    """Base of every operation's output."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Cli:
    """How an input field is written on the command line: by position, or as an option with a short form."""

    positional: bool = False
    short: str | None = None


@dataclass(frozen=True)
class Private:
    """Marks an input field that may hold anything, passwords too: neither audit nor events keep what was written."""


@dataclass(frozen=True)
class Operation:
    """One verb. `service` is the type of the handler's first parameter: the daemon hands that service in."""

    name: str
    method: str
    path: str
    role: Role
    effect: Effect
    verb: tuple[str, ...]
    input: type[Call]
    output: type[BaseModel]
    service: type
    handler: Callable[[Any, Principal, Any], Any]
    summary: str
    description: str
    long: bool = False
    first_class: bool = False
    scoped_by_handler: bool = False

    @property
    def positionals(self) -> tuple[str, ...]:
        """The input fields written by position on the command line, in their order."""
        return tuple(name for name in self.input.model_fields if cli_of(self.input, name).positional)


def cli_of(model: type[BaseModel], name: str) -> Cli:
    """The command-line form of a model's field (a plain option unless it says otherwise)."""
    return next((mark for mark in model.model_fields[name].metadata if isinstance(mark, Cli)), Cli())


@dataclass
class Registry:
    """All operations, by name, in order of declaration."""

    operations: dict[str, Operation] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations.values())

    def get(self, name: str) -> Operation:
        try:
            return self.operations[name]
        except KeyError:
            raise NotFound(
                "unknown-operation", f"There is no operation “{name}”.", hint="`nacre --help` lists them all."
            ) from None


registry = Registry()


def operation(
    name: str,
    route: str,
    *,
    role: Role,
    effect: Effect,
    verb: str | None = None,
    long: bool = False,
    first_class: bool = False,
    scoped_by_handler: bool = False,
) -> Callable[[Callable[[Any, Principal, Any], Any]], Callable[[Any, Principal, Any], Any]]:
    """Declare an operation on a plain function `(service, who, call) -> answer`, run in a worker thread.

    `route` is "METHOD /api/path/{field}"; `verb` the words on the command line (default: the name, dots as spaces);
    `long` that it reports progress; `first_class` that agents see it as an MCP tool of its own; `scoped_by_handler`
    that it names no project and the handler itself keeps to those that the caller may touch. The first line of the
    function's docstring is the summary, the rest the description.
    """

    def declare(handler: Callable[[Any, Principal, Any], Any]) -> Callable[[Any, Principal, Any], Any]:
        hints = get_type_hints(handler)
        service, _, call = list(inspect.signature(handler).parameters)
        method, path = route.split(" ", 1)
        summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n")
        if name in registry.operations or not summary:
            raise ValueError(f"operation {name}: declared twice, or without a docstring")
        registry.operations[name] = Operation(
            name=name,
            method=method,
            path=path,
            role=role,
            effect=effect,
            verb=tuple((verb or name.replace(".", " ")).split()),
            input=hints[call],
            output=hints["return"],
            service=hints[service],
            handler=handler,
            summary=summary,
            description=description.strip(),
            long=long,
            first_class=first_class,
            scoped_by_handler=scoped_by_handler,
        )
        return handler

    return declare
