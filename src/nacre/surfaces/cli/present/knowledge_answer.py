"""`nacre knowledge answer`, for people: the text has been shown as it came; here is what it cites."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    console.print()
    if answer["model"] is None:
        console.print(Text(answer["text"]))
    for number, record in answer["citations"].items():
        console.print(Text(f"[{number}] {record['citation']} ({record['collection']})"), soft_wrap=True)
