"""`nacre why`, for people: the path of a request, a mark for each step, and what to do where it stops."""

from typing import Any

from rich.console import Console
from rich.text import Text

_MARKS = {"fine": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow"), "not-reached": ("·", "dim")}
_INDENT = " " * 13


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(Text(answer["said"]), soft_wrap=True)
    console.print()
    for step in answer["steps"]:
        mark, colour = _MARKS[step["state"]]
        line = Text(f"{mark} ", style=colour)
        line.append(f"{step['step']:10} ", style="bold")
        line.append(step["said"])
        console.print(line, soft_wrap=True)
        if step["next"]:
            console.print(Text(f"{_INDENT}{step['next']}"), soft_wrap=True)
        for written in step["lines"]:
            console.print(Text(f"{_INDENT}│ {written}", style="dim"), soft_wrap=True)
