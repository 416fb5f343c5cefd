"""`nacre preview start`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.previews import show_preview


def present(answer: dict[str, Any], console: Console) -> None:
    show_preview(answer, console)
