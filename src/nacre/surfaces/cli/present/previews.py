"""A preview for people: where it is, whether it runs, and why not."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import utc


def show_preview(answer: dict[str, Any], console: Console) -> None:
    """One preview in full."""
    console.print(Text(f"{answer['ref']}: {in_words(answer)}"), soft_wrap=True)
    console.print(
        Text(answer["url"] or "This Nacre runs without a gateway: its previews have no address."), soft_wrap=True
    )
    for line in (answer["trouble"], answer["hint"]):
        if line:
            console.print(Text(line), soft_wrap=True)


def in_words(answer: dict[str, Any]) -> str:
    """Its state, and of one that runs since when, what, and in whose workspace."""
    if answer["state"] != "running":
        return str(answer["state"])
    return f"{answer['framework']}, running since {utc(answer['started_at'])} in the workspace of {answer['person']}"
