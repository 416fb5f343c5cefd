"""`nacre table rows`, for people: the page as a table, and how to turn it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.sql_run import drawn
from nacre.surfaces.cli.present.units import counted


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(drawn(answer["columns"], answer["rows"]))
    total = "" if answer["total"] is None else f" of {answer['total']:,}"
    console.print(Text(f"{counted(len(answer['rows']), 'row')}{total}"))
    if answer["next"] is not None:
        console.print(Text(f"More with --after {answer['next']}"), soft_wrap=True)
