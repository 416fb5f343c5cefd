"""`nacre branch diff`, for people: as a diff tool would say it, files first, then tables."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "rows": ("~", "yellow")}


def present(answer: dict[str, Any], console: Console) -> None:
    if answer["identical"]:
        console.print("Identical, files and database.")
        return
    for line in _lines(answer):
        console.print(line, soft_wrap=True)


def _lines(answer: dict[str, Any]) -> Iterator[Text]:
    for file in answer["files"]:
        yield _line(file["change"], f"file {file['path']}")
    for table in answer["tables"]:
        yield _line(table["change"], f"table {table['table']}{_rows(table)}")
        yield from (Text(f"    - {line}", "red") for line in table["lines_removed"])
        yield from (Text(f"    + {line}", "green") for line in table["lines_added"])


def _line(change: str, words: str) -> Text:
    sign, colour = _SIGNS[change]
    return Text(f"{sign} {words}", colour)


def _rows(table: dict[str, Any]) -> str:
    before, after = table["rows_before"], table["rows_after"]
    about = "about " if table["estimated"] else ""
    if before is None and after is None:
        return ""
    if before is None or after is None:
        return f" ({about}{after if before is None else before:,} rows)"
    return f" ({about}{before:,} → {after:,} rows)" if before != after else ""
