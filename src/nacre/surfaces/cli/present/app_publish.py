"""`nacre publish`, for people: where it is, how long each phase took, how to take it back."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, phases, release_in_words


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["unchanged"]:
        line(console, answer["note"])
        line(console, answer["url"])
        return
    line(console, f"{answer['app']}: {release_in_words(answer['release'])} ({phases(answer['release'])})")
    line(console, answer["url"])
    if answer["undo"]:
        line(console, f"To take it back: {answer['undo']}. {answer['note']}")
