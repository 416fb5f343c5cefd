"""`nacre person reset-link`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.links import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer, console, "Whoever opens this link may choose a new password and is signed in")
