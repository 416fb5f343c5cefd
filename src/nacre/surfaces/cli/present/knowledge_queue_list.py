"""`nacre knowledge queue list`, for people: each document with what is wrong with it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import size, utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing waits, and nothing failed.")
        return
    console.print(table([_row(one) for one in answer]))
    for one in answer:
        if one["error"]:
            console.print(Text(f"{one['name']}: {one['error']} {one['hint'] or ''}".rstrip()), soft_wrap=True)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": one["name"],
        "state": one["state"],
        "size": size(one["size_bytes"]),
        "attempts": one["attempts"] or "",
        "not before": utc(one["not_before"]) if one["not_before"] else "",
        "of": one["person"],
    }
