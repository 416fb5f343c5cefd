"""`nacre branch reset`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.travelled import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer, console, "Reset to its parent as of", "Would reset to its parent as of")
