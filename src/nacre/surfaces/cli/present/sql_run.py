"""`nacre sql -c`, for people: the rows in a table, or what the statement did."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["columns"]:
        console.print(drawn(answer["columns"], answer["rows"]))
        shown = counted(len(answer["rows"]), "row")
        console.print(f"({'the first ' if answer['truncated'] else ''}{shown}, {duration(answer['seconds'])})")
    else:
        console.print(f"{answer['command']} ({duration(answer['seconds'])})")


def drawn(columns: list[str], rows: list[list[Any]]) -> Table:
    """Rows of a database; NULL is told from the text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numbers = all(isinstance(row[index], int | float | None) for row in rows)
        table.add_column(Text(column), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    return Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
