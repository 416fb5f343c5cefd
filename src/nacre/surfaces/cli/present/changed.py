"""Changes of files, for people: what was changed, and how to take it back."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import duration


def present_changed(answer: dict[str, Any], console: Console, verb: str) -> None:
    for path in answer["paths"]:
        console.print(Text(f"{verb} {path}"), soft_wrap=True)
    console.print(Text(f"Done in {duration(answer['seconds'])}. To take it back:"))
    console.print(Text(f"  {answer['undo']}"), soft_wrap=True)
