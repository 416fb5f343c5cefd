"""`nacre token create`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    where = "all projects" if answer["projects"] is None else ", ".join(answer["projects"])
    console.print(Text(f"Token {answer['id']} “{answer['name']}”: {answer['role']} on {where}"), soft_wrap=True)
    console.print(Text(answer["token"], "bold"), soft_wrap=True)
    console.print(Text("Keep it now: it is not shown again."))
