"""The project's own nacre.toml: how it is run while it is developed."""

import re
import tomllib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from nacre.core.errors import InvalidInput

NAME = "nacre.toml"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_LINE = 4000

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_LINE)]


class Dev(BaseModel):
    """The table `[dev]`. Every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Line | None = Field(
        None, description="The command line that starts the development server; without it Nacre detects one."
    )
    install: Line | None = Field(
        None, description="The command line that installs what is missing, run first when it is needed."
    )
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] | None = Field(
        None, description="The port it listens on, where it does not take the one in `PORT`."
    )
    folder: str = Field("", description="The folder of the project it is run in; the project itself when left out.")
    strip: Annotated[bool, Field(strict=True)] | None = Field(
        None,
        description="Whether the base path is taken off before a request reaches the server; detected when left out.",
    )
    env: dict[str, str] = Field({}, description="Variables for its environment; they win over Nacre's.")

    @field_validator("folder")
    @classmethod
    def _inside(cls, folder: str) -> str:
        steps = [step for step in folder.split("/") if step not in ("", ".")]
        if folder.startswith("/") or ".." in steps:
            raise ValueError("it must be a folder of the project, such as web")
        return "/".join(steps)

    @field_validator("env")
    @classmethod
    def _variables(cls, env: dict[str, str]) -> dict[str, str]:
        for name, value in env.items():
            if not _VARIABLE.fullmatch(name):
                raise ValueError(f"“{name}” cannot name a variable: letters, digits and _ only")
            if name == "PORT":
                raise ValueError("the port is set by [dev] port")
            if "\0" in value:
                raise ValueError(f"“{name}” holds a zero byte")
        return env


class ProjectFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dev: Dev = Dev()


def parse(text: str) -> ProjectFile:
    """Read the file's text. Raises InvalidInput "bad-project-file", naming the line or the key and what it takes."""
    try:
        return ProjectFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _refusal(f"It is not TOML: {error}.") from None
    except RecursionError:
        raise _refusal("It is nested too deeply.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _refusal(f"{_place(first['loc'])} {_words(first['type'], first['msg'], first['loc'])}.") from None


def _refusal(why: str) -> InvalidInput:
    return InvalidInput(
        "bad-project-file",
        f"The project's {NAME} cannot be used. {why}",
        hint="docs/reference/nacre-toml.md lists what it may hold.",
    )


def _place(loc: tuple[int | str, ...]) -> str:
    """("dev", "port") → “[dev] port”."""
    first, *rest = [str(part) for part in loc] or ["the file"]
    return f"“[{first}] {'.'.join(rest)}”" if rest else f"“{first}”"


def _words(kind: str, message: str, loc: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        table = Dev if loc[0] == "dev" else ProjectFile
        return f"is not known; known are {', '.join(table.model_fields)}"
    return f"is wrong: {message.removeprefix('Value error, ').rstrip('.')}"
