"""All numbers of subjects of any kind, for people: by the units that they are measured in."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Unit
from nacre.surfaces.cli.present.generic import label
from nacre.surfaces.cli.present.units import duration, size


def subjects(answer: list[dict[str, Any]]) -> Group:
    parts: list[RenderableType] = []
    for one in sorted(answer, key=lambda one: str(one["label"])):
        parts += [Text(one["label"] or one["kind"], "bold"), _numbers(one)]
    return Group(*parts)


def _numbers(one: dict[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for measure in KINDS[one["kind"]].measures:
        grid.add_row(f"  {label(measure.name)}", shown_value(one["numbers"][measure.name], measure.unit), measure.help)
    return grid


def shown_value(value: float | None, unit: Unit) -> str:
    match unit:
        case _ if value is None:
            return "–"
        case "bytes":
            return size(value)
        case "seconds":
            return duration(value)
        case "percent":
            return f"{value:.0f} %"
        case _:
            return f"{value:,.0f}" if value == int(value) else f"{value:.2f}"
