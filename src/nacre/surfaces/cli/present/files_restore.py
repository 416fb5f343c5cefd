"""`nacre files restore`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import changed, duration, size, utc


def present(answer: dict[str, Any], console: Console) -> None:
    cost = f"{size(answer['bytes_written'])} written in {duration(answer['seconds'])}"
    for line in (
        f"{changed(answer['files_changed'])}, back to {utc(answer['asked'])} ({cost})",
        f"  `{answer['undo']}` takes it back",
    ):
        console.print(Text(line), soft_wrap=True)
