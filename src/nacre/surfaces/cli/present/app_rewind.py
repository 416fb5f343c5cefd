"""`nacre app rewind`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, release_in_words
from nacre.surfaces.cli.present.travelled import show


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer["data"], console, "The data went back to", "It would go back to")
    if answer["release"] is not None:
        line(console, release_in_words(answer["release"]))
    line(console, answer["note"])
    line(console, f"To take it back: {answer['undo']}")
