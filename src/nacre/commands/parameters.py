"""The parameters of a command: what each may be, and how a value given as text becomes one argument. Pure rules."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import SchemaError

from nacre.core.errors import InvalidInput
from nacre.engines.files.paths import read_path

Kind = Literal["text", "integer", "choice", "branch", "path"]
LONGEST_VALUE = 1000
_NAME = r"^[a-z][a-z0-9_]{0,38}$"
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_OF_KIND: dict[str, tuple[str, ...]] = {"text": ("pattern",), "integer": ("least", "most"), "choice": ("choices",)}


class Parameter(BaseModel):
    """`default` makes it optional. `pattern` goes with a text, and must fit all of it; `least` and `most` with an
    integer; `choices` with a choice. A branch is one of the project's; a path lies inside the branch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=_NAME, description="How it is written in the command: {name}.")]
    kind: Annotated[Kind, Field(description="What it may be.")] = "text"
    description: Annotated[str, Field(max_length=500, description="What it is for.")] = ""
    default: Annotated[str | None, Field(max_length=LONGEST_VALUE, description="What it is if left out.")] = None
    pattern: Annotated[str | None, Field(max_length=200, description="A regular expression for all of it.")] = None
    least: Annotated[int | None, Field(description="The least integer.")] = None
    most: Annotated[int | None, Field(description="The greatest integer.")] = None
    choices: Annotated[list[str], Field(max_length=200, description="What can be chosen.")] = Field(default=[])

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        allowed = _OF_KIND.get(self.kind, ())
        for field in ("pattern", "least", "most", "choices"):
            if field not in allowed and getattr(self, field) not in (None, []):
                raise ValueError(f"“{field}” does not go with a parameter that is a {self.kind}")
        if self.kind == "choice" and not self.choices:
            raise ValueError("a choice needs “choices”")
        if self.pattern is not None:
            try:
                _fitting(self.pattern)
            except SchemaError:
                raise ValueError("the pattern is no regular expression as Rust's regex crate reads them") from None
        return self


def read_values(parameters: list[Parameter], given: list[str]) -> dict[str, str]:
    """`name=value` each → a checked value for every parameter, defaults filled in. Raises InvalidInput."""
    by_name = {parameter.name: parameter for parameter in parameters}
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in by_name or name in values:
            raise InvalidInput(
                "bad-value",
                f"“{text:.100}” gives none of the command's parameters a value.",
                hint=f"Write name=value, once each, for: {', '.join(by_name) or 'none, it has no parameters'}.",
            )
        values[name] = value
    for name, parameter in by_name.items():
        if name not in values:
            if parameter.default is None:
                raise InvalidInput("missing-value", f"The command needs “{name}”.", hint=f"Add {name}=….")
            values[name] = parameter.default
        check(parameter, values[name])
    return values


def check(parameter: Parameter, value: str) -> None:
    """Raises InvalidInput "bad-value" naming what the value must be. Whether a branch exists is not looked up here."""
    if len(value) > LONGEST_VALUE or "\0" in value:
        raise _wrong(parameter, value, f"at most {LONGEST_VALUE} characters, without NUL")
    match parameter.kind:
        case "text":
            if parameter.pattern is not None and not _fits(parameter.pattern, value):
                raise _wrong(parameter, value, f"a text that fits {parameter.pattern}")
        case "integer":
            least, most = parameter.least, parameter.most
            if not _INTEGER.fullmatch(value) or not value.isascii():
                raise _wrong(parameter, value, "an integer")
            if (least is not None and int(value) < least) or (most is not None and int(value) > most):
                raise _wrong(parameter, value, f"an integer from {_bound(least)} to {_bound(most)}")
        case "choice":
            if value not in parameter.choices:
                raise _wrong(parameter, value, f"one of {', '.join(parameter.choices)}")
        case "path":
            read_path(value)
        case "branch":
            pass


def _fits(pattern: str, value: str) -> bool:
    try:
        _fitting(pattern).validate_python(value)
    except ValidationError:
        return False
    return True


def _fitting(pattern: str) -> TypeAdapter[str]:
    """Pydantic matches with Rust's regex crate, in linear time: no value can make a pattern run for ever."""
    return TypeAdapter(Annotated[str, Field(pattern=rf"\A(?:{pattern})\z")])


def _bound(limit: int | None) -> str:
    return "anything" if limit is None else str(limit)


def _wrong(parameter: Parameter, value: str, wanted: str) -> InvalidInput:
    return InvalidInput("bad-value", f"“{parameter.name}” cannot be “{value:.100}”.", hint=f"It must be {wanted}.")
