"""`nacre monitoring logs around`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.log_lines import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer["lines"], console, marked=answer["number"])
