"""`nacre llm model list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.models import listed


def present(answer: list[dict[str, Any]], console: Console) -> None:
    listed(answer, console)
