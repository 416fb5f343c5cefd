"""The panels of a dashboard. Pure.

Measures that stand together, are named alike and are counted alike share a panel, so that a measure that is added finds
its place by itself. Below them stands what rules look at, with a line where each begins to hold.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from nacre.monitoring.alerts.messages import runbook
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.export.place import Place
from nacre.monitoring.export.promql import series, value
from nacre.monitoring.measures.measure import Kind, Measure

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_UNITS = {"bytes": "bytes", "seconds": "s", "percent": "percent", "": "short"}
_UNITS_A_SECOND = {"bytes": "binBps", "seconds": "percentunit", "percent": "percent", "": "cps"}
_COLOURS = {Level.INFO: "blue", Level.WARNING: "orange", Level.CRITICAL: "red"}
_GRID, _WIDTH, _HEIGHT = 24, 8, 8


def panels_of_measures(kind: Kind) -> Iterator[dict[str, Any]]:
    for (word, unit, counter), alike in groupby(kind.measures, key=lambda one: (_first(one), one.unit, one.counter)):
        some = list(alike)
        named = len(some) > 1
        yield _panel(
            _words(word if named else some[0].name),
            "\n\n".join(f"{_words(one.name)}: {one.help}" if named else one.help for one in some),
            (_UNITS_A_SECOND if counter else _UNITS)[unit],
            [(_drawn(kind, one), _legend(kind, _words(one.name) if named else "")) for one in some],
        )


def panels_of_rules(place: Place, kind: Kind, rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    """One for each formula; rules that look at the same share it."""
    by_value: dict[str, list[Rule]] = {}
    for rule in rules:
        by_value.setdefault(value(rule, *_chosen(kind)), []).append(rule)
    for drawn, some in by_value.items():
        about = "\n\n".join(f"{rule.name} ({rule.level.value}): {rule.title}." for rule in some)
        panel = _panel(some[0].title, about, _unit_of(kind, some[0]), [(drawn, _legend(kind, ""))])
        panel["links"] = [link(f"What to do: {rule.name}", runbook(place.console, rule.name)) for rule in some]
        panel["fieldConfig"]["defaults"]["thresholds"] = {"mode": "absolute", "steps": _steps(some)}
        panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] = {"mode": "line"}
        yield panel


def link(title: str, url: str, **more: object) -> dict[str, Any]:
    """With all that Grafana's type of a link asks for."""
    plain = {"asDropdown": False, "includeVars": False, "keepTime": False, "targetBlank": True, "tags": []}
    return {"type": "link", "title": title, "url": url, "icon": "external link", "tooltip": "", **plain, **more}


def laid_out(measures: Sequence[dict[str, Any]], rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbered, and each with its place in the grid."""
    rows = -(-len(measures) * _WIDTH // _GRID) * _HEIGHT
    placed = [*_placed(measures, 0)]
    if rules:
        heading = {"type": "row", "title": "What alerts look at", "collapsed": False, "panels": []}
        placed.append({**heading, "gridPos": {"x": 0, "y": rows, "w": _GRID, "h": 1}})
        placed += _placed(rules, rows + 1)
    return [{"id": number, **panel} for number, panel in enumerate(placed, 1)]


def _placed(panels: Sequence[dict[str, Any]], below: int) -> Iterator[dict[str, Any]]:
    across = _GRID // _WIDTH
    for at, panel in enumerate(panels):
        x, y = at % across * _WIDTH, below + at // across * _HEIGHT
        yield {**panel, "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT}}


def _panel(title: str, about: str, unit: str, drawn: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """`drawn` are expressions, each with how its lines are called."""
    return {
        "type": "timeseries",
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "custom": {"lineWidth": 1, "fillOpacity": 5}}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": SOURCE, "editorMode": "code", "range": True, "expr": expression,
             "legendFormat": legend}
            for at, (expression, legend) in enumerate(drawn)
        ],
    }  # fmt: skip


def _drawn(kind: Kind, measure: Measure) -> str:
    numbers = series(kind, measure.name, *_chosen(kind))
    return f"rate({numbers}[$__rate_interval])" if measure.counter else numbers


def _chosen(kind: Kind) -> tuple[str, ...]:
    return ('instance=~"$instance"', *((f'{kind.label}=~"${kind.label}"',) if kind.label else ()))


def _legend(kind: Kind, what: str) -> str:
    return " ".join(part for part in (f"{{{{{kind.label}}}}}" if kind.label else "", what) if part) or "{{instance}}"


def _unit_of(kind: Kind, rule: Rule) -> str:
    """That of the measure, where the formula is one alone."""
    place = kind.places.get(rule.formula)
    return "short" if place is None else _UNITS[kind.measures[place].unit]


def _steps(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Grafana wants them to rise, from one that has no number."""
    rising = sorted(rules, key=lambda rule: rule.bound)
    return [
        {"color": "transparent", "value": None},
        *({"color": _COLOURS[rule.level], "value": rule.bound} for rule in rising),
    ]


def _first(measure: Measure) -> str:
    return measure.name.partition("_")[0]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
