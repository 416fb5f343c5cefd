"""`nacre workspace status`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.workspaces import show_workspace


def present(answer: dict[str, Any], console: Console) -> None:
    show_workspace(answer, console)
