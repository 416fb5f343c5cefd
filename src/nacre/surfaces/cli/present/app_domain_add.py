"""`nacre app domain add`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(Text(f"{answer['shown']} leads to {answer['app']}: {answer['url']}"), soft_wrap=True)
    if answer["next"]:
        console.print(Text(answer["next"]), soft_wrap=True)
