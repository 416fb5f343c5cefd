"""`nacre app show`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.apps import line, release_in_words
from nacre.surfaces.cli.present.generic import copyable
from nacre.surfaces.cli.present.units import utc


def present(answer: dict[str, Any], console: Console) -> None:
    line(console, f"{answer['name']}: {answer['status']}, published from {answer['source']}")
    facts = {
        "address": answer["url"],
        "serves": str(answer["release"]) if answer["release"] else None,
        "newest": release_in_words(answer["latest"]) if answer["latest"] else None,
        "data": answer["database"],
        "runs on": answer["node"] if answer["node"] != "local" else None,
        "until": utc(answer["expires_at"]) if answer["expires_at"] else None,
    }
    copyable({name: value for name, value in facts.items() if value}, console)
