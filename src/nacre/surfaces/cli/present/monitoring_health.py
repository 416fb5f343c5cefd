"""`nacre monitoring health`, for people: one line for all, what is wrong and why, then each subject and its numbers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nacre.surfaces.cli.present.units import duration, size

_LIGHTS = {
    "good": ("●", "green", "well"),
    "attention": ("◐", "yellow", "wants a look"),
    "unknown": ("○", "dim", "not measured"),
    "bad": ("▲", "red", "wrong"),
}

_RATES = {"requests": "/s", "transactions": "/s", "calls": "/min"}


def present(answer: dict[str, Any], console: Console) -> None:
    subjects = answer["subjects"]
    if not subjects:
        console.print("Nothing was measured yet.")
        return
    console.print(_in_one_line(answer["light"], subjects))
    for line in _reasons(subjects):
        console.print(line, soft_wrap=True)
    for trouble in answer["troubles"]:
        console.print(Text.assemble(("! ", "yellow"), trouble["message"], (f" {trouble['hint']}", "dim")))
    console.print()
    console.print(_table(subjects))


def _in_one_line(light: str, subjects: list[dict[str, Any]]) -> Text:
    shape, colour, word = _LIGHTS[light]
    if light == "good":
        return Text.assemble((shape, colour), f" All is well ({len(subjects)} looked at)")
    count = sum(1 for one in subjects if one["light"] == light)
    return Text.assemble((shape, colour), f" {count} of {len(subjects)}: {word}")


def _reasons(subjects: list[dict[str, Any]]) -> Iterator[Text]:
    for one in subjects:
        for alert in one["alerts"]:
            about = f" ({one['label']})" if one["label"] else ""
            since = datetime.fromisoformat(alert["since"]).astimezone()
            about_to = "" if alert["stage"] == "firing" else ", not for long yet"
            seen_to = f", {alert['acknowledged_by']} sees to it" if alert["acknowledged_by"] else ""
            yield Text(
                f"  {alert['title']}{about}: {alert['level']}, since {since:%Y-%m-%d %H:%M:%S}{about_to}{seen_to}"
            )


def _table(subjects: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in subjects:
        shape, colour, word = _LIGHTS[one["light"]]
        figures = ", ".join(f"{each['name'].replace('-', ' ')} {_value(each)}" for each in one["figures"])
        table.add_row(Text(f"{shape} {word}", style=colour), one["kind"], one["label"], figures)
    return table


def _value(figure: dict[str, Any]) -> str:
    value = figure["value"]
    if value is None:
        return "–"
    match figure["unit"]:
        case "bytes":
            return size(value)
        case "seconds":
            return duration(value)
        case "percent":
            return f"{value:.1f} %"
    number = f"{value:.2g}" if value < 10 else f"{value:,.0f}"
    return number + _RATES.get(figure["name"], "")
