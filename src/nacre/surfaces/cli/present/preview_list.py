"""`nacre preview list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.previews import in_words


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No preview runs: `nacre preview start REF` starts one.")
        return
    rows = [{"ref": str(one["ref"]), "state": in_words(one), "address": one["url"] or "–"} for one in answer]
    console.print(table(rows))
