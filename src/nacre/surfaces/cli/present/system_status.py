"""`nacre status`, for people: the daemon in one line, then its branches and workspaces."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import duration, size

_OF_BRANCHES = ("ref", "state", "postgres", "pid", "restarts", "trouble", "memory_bytes")
_OF_WORKSPACES = ("person", "ref", "state", "pid", "restarts", "trouble", "memory_bytes")


def present(answer: dict[str, Any], console: Console) -> None:
    sharing = "copy-on-write" if answer["copy_on_write"] else "every clone is a full copy"
    lines = (
        f"Nacre {answer['version']} has run for {duration(answer['uptime_seconds'])}"
        f" (process {answer['pid']}, {size(answer['memory_bytes'])} of memory)",
        f"  listening  {answer['listening']}",
        f"  home       {answer['home']}",
        f"  storage    {answer['storage']}: {sharing}, {size(answer['disk_free_bytes'])} free",
        *([f"  database   {answer['database']}"] if answer["database"] != "sound" else []),
        *_gateway(answer["gateway"]),
        *_models(answer["models"]),
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)
    if not answer["branches"]:
        console.print("No projects yet: `nacre project create shop` makes one, `nacre demo` shows how it works.")
        return
    console.print()
    console.print(table([{name: branch.get(name) for name in _OF_BRANCHES} for branch in answer["branches"]]))
    if answer["workspaces"]:
        console.print("\nWorkspaces:")
        console.print(table([{name: one.get(name) for name in _OF_WORKSPACES} for one in answer["workspaces"]]))


def _gateway(gateway: dict[str, Any] | None) -> Iterator[str]:
    if gateway is None:
        return
    process = f" (process {gateway['pid']}, {size(gateway['memory_bytes'])} of memory)" if gateway["pid"] else ""
    yield f"  gateway    {gateway['state']}{process}, people's pages at {gateway['content']}"
    if gateway["trouble"]:
        yield f"             {gateway['trouble']}"


def _models(models: dict[str, Any]) -> Iterator[str]:
    if models["state"] == "asleep":
        return
    process = f" (process {models['pid']}, {size(models['memory_bytes'])} of memory)" if models["pid"] else ""
    yield f"  models     {models['state']}{process}"
    if models["trouble"]:
        yield f"             {models['trouble']}"
