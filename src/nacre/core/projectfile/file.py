"""The whole of a project's nacre.toml, and what is said where it cannot be used."""

import tomllib
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from nacre.core.errors import InvalidInput
from nacre.core.projectfile.dev import Dev
from nacre.core.projectfile.publish import Publish
from nacre.core.projectfile.schedule import Schedule
from nacre.core.projectfile.values import Line

NAME = "nacre.toml"
_MOST_ENTRIES = 50


def _schedule(text: str) -> str:
    Schedule.parse(text)
    return text


Cron = dict[Annotated[str, AfterValidator(_schedule)], Line]
"""The table `[cron]`: by its schedule, the line that is run in the app's image."""


class ProjectFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dev: Dev = Dev()
    publish: Publish = Publish()
    cron: Cron = Field({}, max_length=_MOST_ENTRIES)


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
    first, *rest = [str(part) for part in loc if part != "[key]"] or ["the file"]
    return f"“[{first}] {'.'.join(rest)}”" if rest else f"“{first}”"


def _words(kind: str, message: str, loc: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        table = ProjectFile.model_fields[str(loc[0])].annotation if len(loc) > 1 else ProjectFile
        assert isinstance(table, type) and issubclass(table, BaseModel)
        return f"is not known; known are {', '.join(table.model_fields)}"
    return f"is wrong: {message.removeprefix('Value error, ').rstrip('.')}"
