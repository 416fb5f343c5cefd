"""`nacre monitoring kinds`, for people: under each kind its measures, with what they are counted in and mean."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def present(answer: list[dict[str, Any]], console: Console) -> None:
    for kind in answer:
        title = Text(kind["name"], "bold")
        if kind["label"]:
            title.append(f"  by {kind['label']}", "dim")
        console.print(title, _measures(kind["measures"]))


def _measures(measures: list[dict[str, Any]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for measure in measures:
        grid.add_row(f"  {measure['name']}", _counted_in(measure), measure["help"])
    return grid


def _counted_in(measure: dict[str, Any]) -> str:
    if not measure["counter"]:
        return str(measure["unit"])
    return f"{measure['unit']}, counted up".removeprefix(", ")
