"""The kinds of values that several tables of nacre.toml hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_LONGEST_LINE = 4000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_LINE)]
"""A line for /bin/sh."""


def _inside(folder: str) -> str:
    steps = [step for step in folder.split("/") if step not in ("", ".")]
    if folder.startswith("/") or ".." in steps or "\0" in folder:
        raise ValueError("it must be a folder of the project, such as web")
    return "/".join(steps)


Folder = Annotated[str, AfterValidator(_inside)]
"""A folder of the project, without a slash at its ends; empty for the project itself."""


def variables(env: dict[str, str], reserved: dict[str, str]) -> dict[str, str]:
    """Check names and values of variables. `reserved` are names that may not be set, each with where to say it."""
    for name, value in env.items():
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"“{name}” cannot name a variable: letters, digits and _ only")
        if name in reserved:
            raise ValueError(reserved[name])
        if "\0" in value:
            raise ValueError(f"“{name}” holds a zero byte")
    return env
