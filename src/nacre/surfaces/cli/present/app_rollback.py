"""`nacre app rollback`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, release_in_words
from nacre.surfaces.cli.present.travelled import show


def present(answer: dict[str, Any], console: Console) -> None:
    line(console, f"{answer['app']}: {release_in_words(answer['release'])}, with the image of release "
                  f"{answer['release']['image_of']}")  # fmt: skip
    if answer["data"] is not None:
        show(answer["data"], console, "The data went back to", "It would go back to")
    line(console, answer["note"])
    line(console, f"To take it back: {answer['undo']}")
