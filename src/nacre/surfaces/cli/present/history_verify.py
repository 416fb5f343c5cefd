"""`nacre history verify`, for people: what was checked, and every fault with the moments it costs."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration, utc

_PATHS_SHOWN = 10


def present(answer: dict[str, Any], console: Console) -> None:
    pieces = (("segments", "WAL segment"), ("bases", "base"), ("contents", "piece"))
    read = ", ".join(counted(answer[name], noun) for name, noun in pieces)
    lines = [f"Checked {read} of file history in {duration(answer['seconds'])}."]
    if answer["unsealed_bases"]:
        young = counted(answer["unsealed_bases"], "base")
        lines.append(f"{young} too young to have digests: names, sizes and times were checked.")
    for fault in answer["faults"]:
        lines += [f"✗ {fault['message']}", *(f"    {line}" for line in _lost(fault))]
    lines.append("All is well." if answer["ok"] else f"{counted(len(answer['faults']), 'fault')} found.")
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _lost(fault: dict[str, Any]) -> list[str]:
    if not fault["lost_count"]:
        return ["nothing is lost: something else takes over"]
    shown = [
        f"lost: {loss['what']}, from {utc(loss['since'])} to {utc(loss['until']) if loss['until'] else 'now'}"
        for loss in fault["lost"][:_PATHS_SHOWN]
    ]
    more = fault["lost_count"] - len(shown)
    return [*shown, f"and {more:,} more (--json lists them)"] if more > 0 else shown
