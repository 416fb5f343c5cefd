"""`nacre audit list`, for people: one line for each call, newest first."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import in_words, utc

_COLOURS = {"done": "green", "failed": "red", "refused": "red", "started": "yellow"}


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing yet.")
    for entry in answer:
        outcome = entry["outcome"] + (f" ({entry['code']})" if entry["code"] else "")
        line = Text(f"{entry['id']}  {utc(entry['time'])}  {entry['who']}  {entry['operation']}  ")
        arguments = in_words("arguments", entry["arguments"]) if entry["arguments"] else ""
        line.append(f"{arguments}  " if arguments else "")
        line.append(outcome, _COLOURS.get(entry["outcome"], ""))
        console.print(line, soft_wrap=True)
