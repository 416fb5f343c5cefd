"""`nacre app cron`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print(Text("Nothing was run by schedule yet: lines are in nacre.toml, under [cron]."))
        return
    console.print(table([_row(run) for run in answer]))
    latest = answer[0]
    if latest["said"]:
        console.print(Text(f"\nThe latest said:\n{latest['said'].rstrip()}"), soft_wrap=True)


def _row(run: dict[str, Any]) -> dict[str, Any]:
    if run["ended_at"] is None:
        ended = "runs"
    elif run["exit_code"] is None:
        ended = "✗ could not be run"
    else:
        ended = "✓" if run["exit_code"] == 0 else f"✗ exit code {run['exit_code']}"
    took = "" if run["seconds"] is None else f"{run['seconds']:.1f} s"
    return {"due": run["due_at"][:16].replace("T", " "), "line": run["line"], "ended": ended, "took": took}
