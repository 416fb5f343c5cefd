"""`nacre checkpoint`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import utc

_SETTLED = {
    "files": "the files held still",
    "database": "the database held still",
    "freeze": "Postgres was stopped for some milliseconds",
}


def present(answer: dict[str, Any], console: Console) -> None:
    label = f" “{answer['label']}”" if answer["label"] else ""
    why = _SETTLED.get(answer["settled_by"], answer["settled_by"])
    lines = (
        f"Checkpoint #{answer['id']}{label} at {utc(answer['time'])}",
        f"  database and files exactly together ({why}), LSN {answer['lsn']}",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)
