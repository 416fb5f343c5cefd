"""`nacre files search`, for people: path, line and text, as grep -n would say it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted


def present(answer: dict[str, Any], console: Console) -> None:
    for match in answer["matches"]:
        found = match["path"] if match["line"] is None else f"{match['path']}:{match['line']}: {match['text'].strip()}"
        console.print(Text(found), soft_wrap=True)
    if not answer["matches"]:
        console.print(Text(f"Nothing found in {counted(answer['files_searched'], 'file')}."))
    elif not answer["complete"]:
        console.print("There is more: look in a folder, or for a longer text.")
