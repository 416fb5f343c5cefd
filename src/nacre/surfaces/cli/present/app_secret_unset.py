"""`nacre app secret unset`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present import configured


def present(answer: dict[str, Any], console: Console) -> None:
    configured.present(answer, console, "not set any more")
