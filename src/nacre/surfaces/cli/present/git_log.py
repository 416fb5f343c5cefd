"""`nacre git log`, for people: one line for each commit."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import utc


def present(answer: dict[str, Any], console: Console) -> None:
    if not answer["commits"]:
        console.print("No commits yet. `nacre git commit` makes one.")
        return
    lines = Table.grid(padding=(0, 2))
    for _ in range(3):
        lines.add_column()
    lines.add_column(overflow="fold")
    for one in answer["commits"]:
        subject = one["message"].partition("\n")[0]
        lines.add_row(*(Text(word) for word in (one["sha"][:10], utc(one["time"]), one["author"], subject)))
    console.print(lines)
    if answer["more"]:
        console.print("… and older ones (--skip, --limit).")
