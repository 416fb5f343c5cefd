"""`nacre node list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    console.print(table([_row(node) for node in answer]))


def _row(node: dict[str, Any]) -> dict[str, Any]:
    heard = node["last_heard_at"]
    return {
        "name": node["name"],
        "roles": node["roles"],
        "state": node["state"],
        "last heard of": utc(heard) if heard else "never",
        "version": node["version"] or "",
    }
