"""Any answer as aligned pairs and tables, by its shape alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import in_words


def show(answer: Any, console: Console) -> None:
    """A record as pairs, a list of records as a table; records inside records below them under their name.

    A record of one plain value is that value alone, so that a shell can use it.
    """
    if isinstance(answer, Mapping):
        _record(answer, console)
    elif _is_table(answer):
        console.print(table(answer))
    elif answer != []:
        console.print(Text(in_words("", answer)))
    else:
        console.print("None.")


def pairs(record: Mapping[str, Any]) -> Table:
    """Names and values in two aligned columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in record.items():
        grid.add_row(label(name), Text(in_words(name, value)))
    return grid


def copyable(record: Mapping[str, str], console: Console) -> None:
    """Names and values below a headline; however long, a value stays one line that can be copied."""
    width = max(len(name) for name in record)
    for name, value in record.items():
        console.print(Text(f"  {name:{width}}  {value}"), soft_wrap=True)


def table(records: Sequence[Mapping[str, Any]]) -> Table:
    """A table whose columns are the records' names; columns without any value are left out."""
    names = [name for name in records[0] if any(record.get(name) not in (None, [], {}) for record in records)]
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        numbers = all(isinstance(record.get(name), int | float | None) for record in records)
        drawn.add_column(label(name), justify="right" if numbers else "left", overflow="fold")
    for record in records:
        drawn.add_row(*(Text(in_words(name, record.get(name))) for name in names))
    return drawn


def label(name: str) -> str:
    for unit in ("_bytes", "_seconds", "_ns"):
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def _record(record: Mapping[str, Any], console: Console) -> None:
    nested = {name: value for name, value in record.items() if isinstance(value, Mapping) or _is_table(value)}
    plain = {name: value for name, value in record.items() if name not in nested}
    alone = len(record) == 1
    if alone and not nested and next(iter(record.values())) == []:
        console.print(f"No {label(next(iter(record)))}.")
        return
    if alone and plain:
        console.print(Text(in_words(*next(iter(record.items())))), soft_wrap=True)
    elif plain:
        console.print(pairs(plain))
    for name, value in nested.items():
        if not alone:
            console.print(f"\n[bold]{label(name)}[/bold]")
        show(value, console)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
