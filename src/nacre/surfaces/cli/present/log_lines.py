"""Lines of logs, for people: the time, which log, and the text in the colour of its level."""

from typing import Any
from zlib import crc32

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import utc

_COLOURS = {"debug": "dim", "warning": "yellow", "error": "red", "fatal": "bold red"}
_NAMES = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue")


def show(lines: list[dict[str, Any]], console: Console, marked: int | None = None) -> None:
    """The line of the number `marked` stands out."""
    for line in lines:
        name = line["name"]
        shown = Text("▶ " if line["number"] == marked else "", no_wrap=True)
        shown.append(f"{utc(line['time'])}  ", "dim")
        shown.append(f"{name}  ", _NAMES[crc32(name.encode()) % len(_NAMES)])
        shown.append(line["text"], _COLOURS.get(line["level"], ""))
        for each in line["rest"]:
            shown.append(f"\n    {each}", _COLOURS.get(line["level"], ""))
        console.print(shown, soft_wrap=True)
