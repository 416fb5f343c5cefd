"""`nacre files ls`, for people: one line for each, as ls -l would say it."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import size, utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing there.")
        return
    lines = Table.grid(padding=(0, 2))
    lines.add_column(justify="right")
    lines.add_column(justify="right")
    lines.add_column()
    lines.add_column(overflow="fold")
    for entry in answer:
        large = size(entry["size_bytes"]) if entry["kind"] == "file" else ""
        lines.add_row(*(Text(word) for word in (entry["mode"], large, utc(entry["modified_at"]), _name(entry))))
    console.print(lines)


def _name(entry: dict[str, Any]) -> str:
    if entry["kind"] == "dir":
        return f"{entry['path']}/"
    return f"{entry['path']} -> {entry['target']}" if entry["kind"] == "symlink" else str(entry["path"])
