"""What was deleted: the answer of project delete and branch delete."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import duration


def show(answer: dict[str, Any], console: Console) -> None:
    console.print(Text(f"Deleted {', '.join(answer['removed'])} ({duration(answer['seconds'])})"), soft_wrap=True)
