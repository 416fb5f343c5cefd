"""`nacre branch create`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.created import how_branched, show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer, console, how_branched(answer))
