"""`nacre branch list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.branches import show


def present(answer: list[dict[str, Any]], console: Console) -> None:
    show(answer, console, "No branches.")
