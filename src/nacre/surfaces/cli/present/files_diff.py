"""`nacre files diff`, for people: the lines, or why there are none."""

from typing import Any

from rich.console import Console
from rich.text import Text

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["reason"] is not None:
        console.print(Text(f"{answer['path']} {answer['change']}: {answer['reason']}, so no lines are shown."))
    elif not answer["diff"]:
        console.print(Text(f"{answer['path']}: {answer['change']}, with no difference in its lines."))
    for line in (answer["diff"] or "").splitlines():
        console.print(Text(line, style=_COLOURS.get(line[:1], "")), soft_wrap=True)
