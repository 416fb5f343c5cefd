"""`nacre project delete`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.removed import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer, console)
