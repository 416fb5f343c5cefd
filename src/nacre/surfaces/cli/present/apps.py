"""Apps and their releases in words."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import duration, utc


def line(console: Console, words: str | None) -> None:
    """One line, however long, left out when there is nothing to say."""
    if words:
        console.print(Text(words), soft_wrap=True)


def release_in_words(release: dict[str, Any]) -> str:
    """`release 3 (#12 of main): live after 2.1 s`."""
    how = release["phase"]
    if release["error"] is not None:
        how = f"{how} while {release['error']['phase']}"
    after = f" after {duration(release['seconds'])}" if release["finished_at"] else ""
    return f"release {release['number']} ({release['source']} of {release['branch']}): {how}{after}"


def releases_table(releases: list[dict[str, Any]], console: Console) -> None:
    rows = [
        {
            "number": one["number"],
            "": "serves" if one["serves"] else "",
            "kind": one["kind"],
            "phase": one["phase"],
            "source": f"{one['source']} of {one['branch']}",
            "by": one["who"],
            "made": utc(one["created_at"]),
            "seconds": one["seconds"],
            "about": _about(one),
        }
        for one in releases
    ]
    console.print(table(rows) if rows else "No release yet.")


def _about(release: dict[str, Any]) -> str | None:
    """A table has room for one line: what went wrong, without the log that says how."""
    said: str | None = release["error"]["message"] if release["error"] else release["message"]
    return said and said.partition("\n")[0]


def phases(release: dict[str, Any]) -> str:
    return ", ".join(f"{name} {duration(seconds)}" for name, seconds in release["phases"].items() if seconds >= 0.001)
