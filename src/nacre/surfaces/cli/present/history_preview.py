"""`nacre history preview`, for people: what a rewind would undo, in words and numbers."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import changed, counted, size, utc

_FILES_SHOWN = 30
_BECOMES = {"added": "comes back", "removed": "goes", "changed": "changes"}


def present(answer: dict[str, Any], console: Console) -> None:
    undone = counted(answer["transactions_undone"], "transaction")
    console.print(Text(f"A rewind of {answer['ref']} to {utc(answer['reached'])} would undo {undone}."))
    console.print(Text(f"{changed(answer['files_changed'])}, {size(answer['bytes_to_write'])} to write."))
    for file in answer["files"][:_FILES_SHOWN]:
        console.print(Text(f"  {_BECOMES[file['change']]:10}  {file['path']}"), soft_wrap=True)
    if answer["files_changed"] > _FILES_SHOWN:
        console.print(Text(f"  and {answer['files_changed'] - _FILES_SHOWN:,} more"))
    if answer["tables"]:
        rows = [
            {"table": one["table"], "change": one["change"], "rows now": one["rows_before"], "then": one["rows_after"]}
            for one in answer["tables"]
        ]
        console.print(table(rows))
    elif answer["tables"] is not None:
        console.print("No table would differ.")
