"""`nacre table list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import size


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No tables yet.")
        return
    rows = (
        {
            "table": one["table"],
            "kind": one["kind"],
            "rows, about": one["estimated_rows"],
            "size": size(one["size_bytes"]) if one["size_bytes"] else None,
            "comment": one["comment"],
        }
        for one in answer
    )
    console.print(table(list(rows)))
