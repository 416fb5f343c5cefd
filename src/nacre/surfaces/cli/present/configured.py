"""What setting and unsetting the configuration of an app led to, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, release_in_words


def present(answer: dict[str, Any], console: Console, done: str) -> None:
    line(console, f"{answer['name']} of {answer['app']} is {done}.")
    if answer["release"] is None:
        line(console, "It holds from the next release on: `nacre publish` makes one.")
        return
    line(console, f"{answer['app']} goes on in {release_in_words(answer['release'])}")
