"""`nacre llm ask`, for people: the rows, and the SQL that they come from."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.sql_run import drawn
from nacre.surfaces.cli.present.units import counted


def present(answer: dict[str, Any], console: Console) -> None:
    columns = answer["columns"]
    console.print(drawn(columns, [[row[column] for column in columns] for row in answer["rows"]]))
    shown = counted(len(answer["rows"]), "row")
    agreed = f"; {answer['agreement']} candidates agree" if answer["agreement"] else ""
    console.print(f"({'the first ' if answer['more'] else ''}{shown}{agreed})\n")
    console.print(Text(answer["sql"]), soft_wrap=True)
    if answer["explanation"]:
        console.print(Text(answer["explanation"], style="dim"), soft_wrap=True)
