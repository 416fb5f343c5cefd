"""The registry: every verb of the product is declared once, as one operation, and every surface comes from it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.core.spools import Spool

Mark = TypeVar("Mark")


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Call(BaseModel):
    """Base of every operation's input. Unknown fields are refused; the caller needs the role in every Ref's project."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def refs(self) -> Iterator[Ref]:
        """The branches this call touches."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for each in value if isinstance(value, list | tuple) else (value,):
                if isinstance(each, Ref):
                    yield each

    def founds(self) -> Iterator[str]:
        """The projects this call would make: nobody has a role in them yet, but a token's scope reaches them."""
        return iter(())


class Answer(BaseModel):
    """Base of every operation's output."""

    model_config = ConfigDict(frozen=True)


class Stream(Answer):
    """Bytes as an answer: `size_bytes` of them where that is known, from `start` of `total_bytes` in all.

    Over HTTP they are the response's body; on the command line they go to standard output or a file.
    """

    name: Annotated[str, Field(description="The file name to offer.")]
    media_type: str = "application/octet-stream"
    disposition: Literal["inline", "attachment"] = "attachment"
    size_bytes: int | None = None
    start: int = 0
    total_bytes: int | None = None
    etag: str | None = None
    _chunks: Iterator[bytes] = PrivateAttr(default_factory=lambda: iter(()))

    @classmethod
    def of(cls, chunks: Iterator[bytes], name: str, **facts: Any) -> Self:
        """`chunks` are pulled in worker threads, once, by whoever delivers them; closed if that ends early."""
        stream = cls(name=name, **facts)
        stream._chunks = chunks
        return stream

    def chunks(self) -> Iterator[bytes]:
        return self._chunks


@dataclass(frozen=True)
class Body:
    """Marks the one input field that is the request's raw body; the others come by path and query. Of type bytes it has
    16 MiB at most; of type Spool (core/spools.py) any length, and it comes on disk.

    On the command line it is the name of a file (`-` for standard input), over MCP text in base64.
    """


@dataclass(frozen=True)
class Header:
    """Marks an input field that only HTTP fills, from the request header of this name."""

    name: str


@dataclass(frozen=True)
class Slashes:
    """Marks the field that ends the path and may hold slashes itself, such as the path of a file."""


@dataclass(frozen=True)
class Cli:
    """How an input field is written on the command line: by position, or as an option with a short form."""

    positional: bool = False
    short: str | None = None


@dataclass(frozen=True)
class Rare:
    """Marks an input field that the definition of an agent's tool leaves out; describe_operation tells of it."""


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
    speaks: bool = False
    first_class: bool = False
    scoped_by_handler: bool = False
    in_person: bool = False

    @property
    def body(self) -> str | None:
        """The input field that is the raw request body, if there is one."""
        return next((name for name in self.input.model_fields if marked(self.input, name, Body)), None)

    @cached_property
    def spools(self) -> bool:
        """Whether its raw body may have any length."""
        return self.body is not None and self.input.model_fields[self.body].annotation is Spool

    @property
    def headers(self) -> dict[str, str]:
        """The input fields that HTTP headers fill, with the headers' names."""
        found = {name: marked(self.input, name, Header) for name in self.input.model_fields}
        return {name: header.name for name, header in found.items() if header}

    @cached_property
    def in_projects(self) -> bool:
        """Whether its calls can name branches: its role is then the one needed in their projects."""
        hints = get_type_hints(self.input)
        return any(_mentions_ref(hint) for name, hint in hints.items() if name in self.input.model_fields)

    @property
    def positionals(self) -> tuple[str, ...]:
        """The input fields written by position on the command line, in their order."""
        return tuple(name for name in self.input.model_fields if cli_of(self.input, name).positional)


def _mentions_ref(hint: Any) -> bool:
    return hint is Ref or any(_mentions_ref(part) for part in get_args(hint))


def cli_of(model: type[BaseModel], name: str) -> Cli:
    """The command-line form of a model's field (a plain option unless it says otherwise)."""
    return marked(model, name, Cli) or Cli()


def marked(model: type[BaseModel], name: str, kind: type[Mark]) -> Mark | None:
    """The mark of this kind on a model's field."""
    return next((mark for mark in model.model_fields[name].metadata if isinstance(mark, kind)), None)


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
    speaks: bool = False,
    first_class: bool = False,
    scoped_by_handler: bool = False,
    in_person: bool = False,
) -> Callable[[Callable[[Any, Principal, Any], Any]], Callable[[Any, Principal, Any], Any]]:
    """Declare an operation on a plain function `(service, who, call) -> answer`, run in a worker thread.

    `route` is "METHOD /api/path/{field}"; `verb` the words on the command line (default: the name, dots as spaces);
    `long` that it reports progress; `speaks` that it also passes on what a program writes (progress.say);
    `first_class` that agents see it as an MCP tool of its own; `scoped_by_handler`
    that it names no project and the handler itself keeps to those that the caller may touch; `in_person` that agents
    below the role admin may not call it, whoever they act for: it concerns the person themselves. The first line of
    the function's docstring is the summary, the rest the description.
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
            long=long or speaks,
            speaks=speaks,
            first_class=first_class,
            scoped_by_handler=scoped_by_handler,
            in_person=in_person,
        )
        return handler

    return declare
