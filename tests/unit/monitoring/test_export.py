"""What is exported has the form that Grafana keeps dashboards in, and rules that people scope as they like."""

from itertools import combinations
from typing import Any

import pytest

from nacre.core.errors import InvalidInput
from nacre.monitoring.alerts.rules import DEFAULTS, Rule
from nacre.monitoring.export.alertmanager import check_hook, configuration
from nacre.monitoring.export.dashboards import dashboard
from nacre.monitoring.export.place import Place
from nacre.monitoring.export.promql import condition, duration
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Kind

PLACE = Place("https://nacre.test", None, open=False)


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_a_dashboard_shows_every_measure_and_what_each_rule_looks_at(kind: Kind) -> None:
    made = dashboard(PLACE, kind, DEFAULTS)
    panels = made["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert not [(one["title"], other["title"]) for one, other in combinations(panels, 2) if overlap(one, other)]
    drawn = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    for measure in kind.measures:
        assert any(f"nacre_{kind.name}_{measure.name}" in expression for expression in drawn), measure.name
    led_to = {link["url"] for panel in panels for link in panel.get("links", ())}
    assert led_to == {
        f"https://nacre.test/monitoring/runbook/{rule.name}" for rule in DEFAULTS if rule.kind == kind.name
    }
    for panel in panels:
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(refs)) == len(refs)


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    a, b = one["gridPos"], other["gridPos"]
    return bool(
        a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    )


def test_a_rule_keeps_its_scope_and_its_bound() -> None:
    rule = Rule(name="own", kind="cluster", title="", formula="1 - rate(commits) / connections_most", below=0.5)
    assert condition(rule) == "(1 - (rate(nacre_cluster_commits_total[5m]) / nacre_cluster_connections_most)) < 0.5"
    scoped = rule.model_copy(update={"formula": "up", "scope": "shop.x*[!ab]?"})
    assert condition(scoped) == 'nacre_cluster_up{branch=~"shop\\\\.x.*[^ab]."} < 0.5'
    ahead = rule.model_copy(update={"formula": "forecast(connections, 2d)"})
    assert condition(ahead).startswith("(predict_linear(nacre_cluster_connections[1h], 172800) and ")


def test_holds_are_told_in_the_largest_unit_that_is_whole() -> None:
    assert [duration(seconds) for seconds in (0, 0.25, 45, 90, 900, 5400, 7200)] == [
        "0s", "250ms", "45s", "90s", "15m", "90m", "2h",
    ]  # fmt: skip


def test_of_what_looks_at_the_same_only_the_worst_is_told() -> None:
    first, *_, gone = configuration(DEFAULTS, "")["inhibit_rules"]
    assert first == {
        "source_matchers": ['alertname="disk-full"'], "target_matchers": ['alertname=~"disk-low"'],
        "equal": ["instance"],
    }  # fmt: skip
    assert gone["source_matchers"] == ['alertname="nacre-gone"']


@pytest.mark.parametrize(
    "hook",
    ["hooks", "ftp://host/", "http://", "http:///path", "http://host:port/", "http://[::1/", "http://host/%zz",
     "http://a b/", "http://a|b/", "https://host/\x7f"],
)  # fmt: skip
def test_an_address_that_alertmanager_could_not_read_is_refused(hook: str) -> None:
    with pytest.raises(InvalidInput, match="no address of a web hook"):
        check_hook(hook)


@pytest.mark.parametrize(
    "hook",
    ["http://host", "https://ann:s3cret@hooks.example.org:8443/a/%20b?c=d#e", "http://[::1]:9/", "http://host/钩"],
)
def test_an_address_that_alertmanager_can_read_is_taken(hook: str) -> None:
    check_hook(hook)
