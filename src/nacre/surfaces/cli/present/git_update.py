"""`nacre git update`, for people: how far the files came, and the way back."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["undo"] is None:
        console.print("The files are at the newest commit already.")
        return
    console.print(Text(f"The files are at {answer['commit'][:10]} now ({counted(answer['commits'], 'commit')})."))
    console.print("To have them back as they were:")
    console.print(Text(f"  {answer['undo']}"), soft_wrap=True)
