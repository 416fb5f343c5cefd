"""Workspaces for people: whether one runs and why not, what runs in it, how it is kept apart."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def show_workspace(answer: dict[str, Any], console: Console) -> None:
    """One workspace in full."""
    console.print(Text(f"{answer['person']} on {answer['ref']}: {in_words(answer)}"), soft_wrap=True)
    running = [*answer["terminals"], *answer["processes"]]
    if running:
        console.print(table([_process(one) for one in running]))
    if answer["ports"]:
        console.print(f"Ports listened on: {', '.join(map(str, answer['ports']))}")
    if answer["state"] == "running":
        minutes = max(0.0, answer["stops_after_idle_s"] - answer["idle_s"]) / 60
        console.print(f"Egress: {answer['egress']}. It stops when nobody uses it for {minutes:.0f} more minutes.")
    console.print(f"Kept apart by {answer['isolation']}:")
    for what, how in answer["enforced"].items():
        console.print(Text(f"  {what}: {how}"), soft_wrap=True)


def in_words(answer: dict[str, Any]) -> str:
    """Its state, for one that does not run the reason, and what its processes were ended for."""
    runs = answer["state"] == "running"
    state = f"running since {utc(answer['since'])}" if runs else f"{answer['state']} ({answer['why']})"
    return f"{state}. {answer['trouble']}" if answer["trouble"] else state


def _process(one: dict[str, Any]) -> dict[str, Any]:
    ended = one["exit_code"]
    return {
        "name": f"terminal {one['name']}" if "run" in one else one["name"],
        "command": " ".join(one["command"]),
        "started": utc(one["started_at"]),
        "state": "running" if ended is None else f"ended with {ended}",
    }
