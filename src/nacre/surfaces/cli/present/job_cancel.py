"""`nacre job cancel`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["state"] == "cancelled":
        line(console, f"Job {answer['id']} is cancelled.")
    else:
        line(console, f"Job {answer['id']} is {answer['state']}; its runner leaves off within seconds.")
