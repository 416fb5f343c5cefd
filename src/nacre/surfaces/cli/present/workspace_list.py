"""`nacre workspace list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.workspaces import in_words


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No workspaces yet: `nacre workspace start REF` starts one.")
        return
    console.print(table([{"person": one["person"], "ref": one["ref"], "state": in_words(one)} for one in answer]))
