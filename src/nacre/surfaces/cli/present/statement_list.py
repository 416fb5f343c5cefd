"""`nacre statement list`, for people: what each cost in a table, its whole text below its name."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration, size

_LONGEST = 400


def present(answer: dict[str, Any], console: Console) -> None:
    if not answer["statements"]:
        console.print("Nothing was run since.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("share", "time", "calls", "each", "rows", "read", "temporary"):
        table.add_column(title, justify="right")
    table.add_column("statement", overflow="fold")
    for one in answer["statements"]:
        table.add_row(
            f"{one['share']:.0%}",
            duration(one["seconds"]),
            f"{one['calls']:,}",
            duration(one["mean_s"]),
            f"{one['rows']:,}",
            size(one["read_bytes"]),
            size(one["temporary_bytes"]),
            _statement(one),
        )
    console.print(table)
    together = f"{counted(answer['all'], 'statement')}, {answer['calls']:,} calls, {duration(answer['seconds'])} in all"
    console.print(f"({together}; what comes from now on: --since {answer['look']})")


def _statement(one: dict[str, Any]) -> Text:
    text = " ".join(one["text"].split())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return Text.assemble((one["id"], "dim"), f"\n{shown}")
