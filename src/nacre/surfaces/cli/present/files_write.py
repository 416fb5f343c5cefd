"""`nacre files write`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.changed import present_changed


def present(answer: dict[str, Any], console: Console) -> None:
    present_changed(answer, console, "Saved")
