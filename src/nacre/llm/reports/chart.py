"""A chart as a specification: what is drawn, of which columns. Whoever shows it has the rows already."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from nacre.llm.asking.running import Result


class Chart(BaseModel):
    """`x` and `y` are columns of the rows; each of `y` is a series. `none` where a table says more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["bar", "line", "pie", "scatter", "none"]
    title: str
    x: str | None = None
    y: tuple[str, ...] = ()


def fits(chart: Chart, result: "Result") -> str | None:
    """What is wrong with a chart of these rows, or None."""
    if chart.kind == "none":
        return None
    unknown = [name for name in (chart.x, *chart.y) if name is not None and name not in result.columns]
    if unknown:
        return f"there is no column {', '.join(unknown)}"
    if chart.x is None or not chart.y:
        return "x and y must both be columns"
    wordy = [name for name in chart.y if not _numeric(_values(result, name))]
    if wordy:
        return f"{', '.join(wordy)} holds no numbers"
    if chart.kind == "pie" and any(value < 0 for value in _values(result, chart.y[0]) if value is not None):
        return "a pie has no negative pieces"
    return None


def usual(result: "Result", title: str) -> Chart:
    """The chart that suits most rows of this form: numbers over the first column that is none."""
    numeric = [name for name in result.columns if _numeric(_values(result, name))]
    others = [name for name in result.columns if name not in numeric]
    if not numeric or not others or len(result.rows) < 2:
        return Chart(kind="none", title=title)
    dates = all(isinstance(value, str) and value[:4].isdigit() and "-" in value for value in _values(result, others[0]))
    return Chart(kind="line" if dates else "bar", title=title, x=others[0], y=tuple(numeric[:3]))


def _values(result: "Result", name: str) -> list[Any]:
    at = result.columns.index(name)
    return [row[at] for row in result.rows]


def _numeric(values: Sequence[Any]) -> bool:
    """Numbers or nothing, and a number somewhere."""
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
