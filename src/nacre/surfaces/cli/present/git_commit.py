"""`nacre git commit`, for people: the new commit."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration


def present(answer: dict[str, Any], console: Console) -> None:
    one = answer["commit"]
    subject = one["message"].partition("\n")[0]
    files = counted(answer["files_changed"], "file")
    console.print(Text(f"{one['sha'][:10]} {subject} ({files}, {duration(answer['seconds'])})"), soft_wrap=True)
