"""`nacre alert runbook`, for people."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(Markdown(answer["text"]))
