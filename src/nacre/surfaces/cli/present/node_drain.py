"""`nacre node drain`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["state"] in {"draining", "drained"}:
        line(console, f"{answer['name']} gets no new work, and finishes what it has.")
        line(console, f"To take it back: nacre node drain {answer['name']} --off")
    else:
        line(console, f"{answer['name']} takes work: it is {answer['state']}.")
