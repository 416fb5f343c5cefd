"""`nacre job logs`, for people: the text as it is."""

from typing import Any

from rich.console import Console


def present(answer: dict[str, Any], console: Console) -> None:
    console.file.write(answer["text"])
