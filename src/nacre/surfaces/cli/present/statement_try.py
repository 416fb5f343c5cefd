"""`nacre statement try`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.plans import drawn


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(drawn(answer))
