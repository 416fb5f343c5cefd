"""`nacre release list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import releases_table


def present(answer: list[dict[str, Any]], console: Console) -> None:
    releases_table(answer, console)
