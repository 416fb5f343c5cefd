"""`nacre log`, for people: one line for each entry."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import utc


def present(answer: Any, console: Console) -> None:
    entries = answer["entries"] if isinstance(answer, dict) else answer
    lines = Table.grid(padding=(0, 2))
    lines.add_column(justify="right", style="bold")
    for entry in entries:
        words = (f"#{entry['id']}", entry["kind"], utc(entry["time"]), _words(entry), entry["who"])
        lines.add_row(*(Text(word) for word in words))
    console.print(lines if entries else "Nothing has happened yet.")


def _words(entry: dict[str, Any]) -> str:
    """What was made, undone or labelled."""
    detail = entry["detail"]
    if entry["kind"] == "branch":
        return str(detail.get("ref", ""))
    if entry["kind"] == "undo":
        return f"of #{detail['undid']}"
    if entry["kind"] == "reset":
        return f"to {detail['parent']}"
    only = {"db": "database only", "files": "files only"}.get(detail.get("only") or "", "")
    return entry["label"] or only
