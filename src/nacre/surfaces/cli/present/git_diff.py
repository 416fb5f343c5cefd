"""`nacre git diff`, for people: the patch."""

from typing import Any

from rich.console import Console
from rich.text import Text

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def present(answer: dict[str, Any], console: Console) -> None:
    if not answer["files"]:
        console.print("No differences.")
        return
    for line in answer["patch"].splitlines():
        console.print(Text(line, style=_COLOURS.get(line[:1], "")), soft_wrap=True)
    if not answer["complete"]:
        console.print("… and more: name paths (--paths), or ask for more with --limit-bytes.")
