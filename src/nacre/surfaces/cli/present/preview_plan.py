"""`nacre preview plan`, for people: the line as one would type it, and what is missing."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    where = f" in {answer['folder']}" if answer["folder"] else ""
    console.print(Text(f"{answer['ref']}: {answer['framework']}{where}"), soft_wrap=True)
    for name, value in answer["env"].items():
        console.print(Text(f"  {name}={value}"), soft_wrap=True)
    console.print(Text(f"  {answer['run']}"), soft_wrap=True)
    if answer["missing"]:
        console.print(Text(answer["missing"]), soft_wrap=True)
    base = "is taken off each request" if answer["strip"] else "is seen by the server"
    console.print(f"The base path {base}.")
