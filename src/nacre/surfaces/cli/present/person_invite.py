"""`nacre person invite`, for people: the link is what they must hand on."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.links import show


def present(answer: dict[str, Any], console: Console) -> None:
    person = answer["person"]
    show(answer["link"], console, f"Send this link to {person['display_name']}: it lets them in as “{person['name']}”")
