"""`nacre node list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import size, utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    console.print(table([_row(node) for node in answer]))


def _row(node: dict[str, Any]) -> dict[str, Any]:
    heard = node["last_heard_at"]
    return {
        "name": node["name"],
        "roles": node["roles"],
        "state": node["state"],
        "last heard of": utc(heard) if heard else "never",
        **_machine(node["machine"]),
        "version": node["version"] or "",
    }


def _machine(said: dict[str, Any] | None) -> dict[str, Any]:
    """What is used of what there is; empty where nothing is told."""
    if said is None:
        return {"processors": "", "memory": "", "disk": ""}
    busy = "" if said["cpu_percent"] is None else f", {said['cpu_percent']:.0f} %"
    return {
        "processors": f"{said['processors']}{busy}",
        "memory": _used(said["memory_total_bytes"], said["memory_available_bytes"]),
        "disk": _used(said["disk_total_bytes"], said["disk_free_bytes"]),
    }


def _used(total: int, free: int) -> str:
    return f"{size(total - free)} of {size(total)}"
