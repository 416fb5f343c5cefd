"""`nacre app delete`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line


def present(answer: dict[str, Any], console: Console) -> None:
    data = f", and so is its data, {answer['branch']}" if answer["branch"] else ""
    line(console, f"{answer['app']} is gone{data}.")
