"""`nacre monitoring now`, and one frame of `nacre top`, for people: a table for each kind of subject."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.measured import subjects
from nacre.surfaces.cli.present.units import duration, size

_DRAWN = ("host", "daemon", "cluster", "app")
_CLUSTER_COLUMNS = (
    ("connections", "sessions"),
    ("active", "active"),
    ("idle_in_transaction", "idle in tx"),
    ("blocked", "blocked"),
    ("transaction_longest", "longest tx"),
    ("archive_waiting", "to archive"),
)


def present(answer: list[dict[str, Any]], console: Console) -> None:
    """Of one kind alone all that is known; of all kinds together those that have a table, and what else there is."""
    kinds = list(dict.fromkeys(one["kind"] for one in answer))
    others = [kind for kind in kinds if kind not in _DRAWN]
    if not answer:
        console.print("Nothing was measured yet.")
    elif others and len(kinds) == 1:
        console.print(subjects(answer))
    else:
        console.print(frame(answer))
        if others:
            console.print(f"\nMore is measured: `nacre monitoring now` with {', '.join(others)}.")


def frame(answer: list[dict[str, Any]]) -> RenderableType:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for one in answer:
        by_kind.setdefault(one["kind"], []).append(one)
    parts: list[RenderableType] = []
    if "host" in by_kind:
        parts.append(_host(by_kind["host"][0]["numbers"]))
    if "daemon" in by_kind:
        parts.append(_daemon(by_kind["daemon"][0]["numbers"]))
    if "cluster" in by_kind:
        parts += ["", _clusters(by_kind["cluster"])]
    if "app" in by_kind:
        parts += ["", _apps(by_kind["app"])]
    return Group(*parts)


def _host(numbers: dict[str, float | None]) -> Table:
    used = _less(numbers["memory_total"], numbers["memory_available"])
    grid = _grid()
    grid.add_row("processors", f"{_percent(numbers['cpu_percent'])} busy, load {_number(numbers['load1'])}")
    grid.add_row("memory", f"{_size(used)} of {_size(numbers['memory_total'])} in use")
    grid.add_row("disk", f"{_size(numbers['disk_free'])} of {_size(numbers['disk_total'])} free")
    pressure = (
        f"processors {_percent(numbers['cpu_pressure_percent'])}, "
        f"memory {_percent(numbers['memory_pressure_percent'])}, disks {_percent(numbers['io_pressure_percent'])}"
    )
    grid.add_row("waiting for", pressure)
    return grid


def _daemon(numbers: dict[str, float | None]) -> Table:
    grid = _grid()
    grid.add_row(
        "nacre",
        f"{_percent(numbers['cpu_percent'])} of a processor, {_size(numbers['memory_anonymous'])}, "
        f"answers within {_duration(numbers['latency_p95'])} (95 of 100)",
    )
    return grid


def _clusters(clusters: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("database")
    for _, title in _CLUSTER_COLUMNS:
        table.add_column(title, justify="right")
    for one in sorted(clusters, key=lambda one: str(one["label"])):
        numbers = one["numbers"]
        name = Text(one["label"]) if numbers["up"] else Text(f"{one['label']} (does not answer)", style="red")
        table.add_row(name, *(_cell(column, numbers[column]) for column, _ in _CLUSTER_COLUMNS))
    return table


def _apps(apps: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("app")
    for title in ("release", "busy", "memory", "answers within", "started again"):
        table.add_column(title, justify="right")
    for one in sorted(apps, key=lambda one: str(one["label"])):
        numbers = one["numbers"]
        failed = numbers["wanted"] and not numbers["up"]
        table.add_row(
            Text(f"{one['label']} (does not run)", style="red") if failed else Text(one["label"]),
            _number(numbers["release"]),
            _percent(numbers["cpu_percent"]),
            _size(numbers["memory"]),
            _duration(numbers["latency_p95"]),
            _number(numbers["restarts"]),
        )
    return table


def _cell(column: str, value: float | None) -> str:
    if column == "transaction_longest":
        return _duration(value) if value else "–"
    return _size(value) if column == "archive_waiting" else _number(value)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True, min_width=11)
    grid.add_column(overflow="fold")
    return grid


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _size(value: float | None) -> str:
    return "–" if value is None else size(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} %"


def _duration(value: float | None) -> str:
    return "–" if value is None else duration(value)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}" if value == int(value) else f"{value:.2f}"
