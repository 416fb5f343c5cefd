"""A new branch and how to reach it: the answer of project create and branch create."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import copyable
from nacre.surfaces.cli.present.units import duration, size, utc


def show(answer: dict[str, Any], console: Console, how: str) -> None:
    """`how` says, after the time it took, how its database came to be."""
    console.print(Text(f"{answer['ref']} is ready ({duration(answer['seconds'])}{how})"), soft_wrap=True)
    reach = {"files": answer["files_path"], "database": answer["database_url"]}
    if answer["reached"] is not None:
        reach["last transaction"] = utc(answer["reached"])
    copyable(reach, console)


def how_branched(answer: dict[str, Any]) -> str:
    storage = answer["storage"]
    return ", copy-on-write" if storage["copy_on_write"] else f", {size(storage['bytes_copied'])} copied"
