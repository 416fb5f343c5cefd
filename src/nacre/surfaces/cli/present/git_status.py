"""`nacre git status`, for people: where the files are, what has changed, where to clone from."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted

_LETTERS = {"added": ("A", "green"), "changed": ("M", "yellow"), "deleted": ("D", "red")}


def present(answer: dict[str, Any], console: Console) -> None:
    at = f"at {answer['commit'][:10]}" if answer["commit"] else "without a commit yet"
    console.print(Text(f"{answer['ref']} is {at}."))
    if answer["behind"]:
        console.print(Text(f"A push brought {counted(answer['behind'], 'commit')} that the files have not got yet:"))
        console.print(Text(f"  nacre git update {answer['ref']}"), soft_wrap=True)
    for change in answer["changes"]:
        letter, colour = _LETTERS[change["kind"]]
        console.print(Text(letter, style=colour), Text(change["path"]), soft_wrap=True)
    if answer["clean"]:
        console.print("Nothing has changed since.")
    if not answer["complete"]:
        console.print("… and more.")
    console.print(Text(f"To clone it: git clone {answer['clone_url']}"), soft_wrap=True)
