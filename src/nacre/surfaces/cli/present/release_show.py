"""`nacre release show`, for people: how it went, what it changed, what it said."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, phases, release_in_words


def present(answer: dict[str, Any], console: Console) -> None:
    line(console, f"{answer['app']}, {release_in_words(answer)}{', serves' if answer['serves'] else ''}")
    line(console, f"  {phases(answer)}" if answer["phases"] else None)
    if answer["error"] is not None:
        line(console, answer["error"]["message"])
        line(console, answer["error"]["hint"])
    if answer["changes"] is not None:
        _changes(answer["changes"], console)
    if answer["log"]:
        line(console, f"\n{answer['log'].rstrip()}")


def _changes(changes: dict[str, Any], console: Console) -> None:
    line(console, f"Against release {changes['against']}:")
    for name in ("files", "configuration", "tables"):
        for each in changes[name] or ():
            line(console, f"  {name}: {each}")
    if not changes["image"]:
        line(console, "  the same image")
