"""`nacre llm model remove`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    key = ", and its key" if answer["has_key"] else ""
    console.print(Text(f"{answer['name']} is removed{key}."), soft_wrap=True)
