"""`nacre knowledge source list`, for people: what each is of, and what keeps it from being in step."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table

_OF = ("path", "url", "ref")
"""The settings that say where a source is, of whichever kind it is."""


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("None yet: `nacre knowledge source --help` tells what there can be.")
        return
    console.print(table([_row(one) for one in answer]))
    for one in answer:
        if one["trouble"] is not None:
            console.print(Text(f"{one['name']}: {one['trouble']}"), soft_wrap=True)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["name"],
        "kind": one["kind"],
        "of": next((one["settings"][name] for name in _OF if name in one["settings"]), None),
        "state": one["state"],
        "documents": one["documents"],
        "refused": one["refused"],
        "in step at": one["in_step_at"],
    }
