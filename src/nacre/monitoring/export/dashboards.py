"""A dashboard of Grafana for each kind of subject, in the form that its version 10 and later import. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from nacre.monitoring.alerts.rules import Rule
from nacre.monitoring.export.panels import SOURCE, laid_out, link, panels_of_measures, panels_of_rules
from nacre.monitoring.export.place import JOB, Place
from nacre.monitoring.export.promql import series
from nacre.monitoring.measures.measure import Kind


def dashboard(place: Place, kind: Kind, rules: Sequence[Rule]) -> dict[str, Any]:
    """`rules` may be of other kinds too. What is chosen above is the data source, which Nacre, and which subjects."""
    return {
        "uid": f"nacre-{kind.name}",
        "title": f"Nacre: {kind.name}",
        "tags": ["nacre"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "timezone": "browser",
        "templating": {"list": list(_variables(kind))},
        "annotations": {"list": [_firing(kind)]},
        "links": [
            link("Nacre", "", type="dashboards", tags=["nacre"], asDropdown=True, keepTime=True, targetBlank=False),
            link("Console", place.page("/monitoring")),
        ],
        "panels": laid_out(
            list(panels_of_measures(kind)),
            list(panels_of_rules(place, kind, [rule for rule in rules if rule.kind == kind.name])),
        ),
    }


def _variables(kind: Kind) -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    first = kind.measures[0].name
    of_nacre = series(kind, first, f'job="{JOB}"')
    yield _variable("instance", "Nacre", f"label_values({of_nacre}, instance)")
    if kind.label:
        chosen = series(kind, first, 'instance=~"$instance"')
        yield _variable(kind.label, kind.label.capitalize(), f"label_values({chosen}, {kind.label})")


def _variable(name: str, label: str, query: str) -> dict[str, Any]:
    """Some of them or all, found anew when the range of time changes."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "StandardVariableQuery"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def _firing(kind: Kind) -> dict[str, Any]:
    """What fires, drawn as marks."""
    return {
        "name": "Alerts",
        "enable": True,
        "iconColor": "red",
        "datasource": SOURCE,
        "expr": f'ALERTS{{alertstate="firing", kind="{kind.name}", instance=~"$instance"}}',
        "step": "60s",
        "titleFormat": "{{alertname}}",
        "textFormat": f"{{{{{kind.label}}}}}" if kind.label else "",
    }
