"""`nacre undo`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.travelled import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer, console, "Back at", "Would go back to")
