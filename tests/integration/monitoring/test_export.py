"""What is exported is read by the real products, means there what it means here."""

import json
import random
from collections.abc import Iterator
from math import isnan
from pathlib import Path

import pytest
from tests.integration.monitoring.products import check, need_products, prometheus

from nacre.core.clock import system_clock
from nacre.engines.wires.authority import Authority
from nacre.monitoring.alerts.formula import Past
from nacre.monitoring.alerts.rules import DEFAULTS, Level, Rule
from nacre.monitoring.export.exporter import Exporter, Wish
from nacre.monitoring.export.exporter import Product as ProductName
from nacre.monitoring.export.place import Place
from nacre.monitoring.export.promql import quoted, series, value
from nacre.monitoring.measures.kinds import KINDS

OWN = (
    Rule(
        name="odd", kind="cluster", title='{{ "a" | b }} "quoted" 100 %', formula="-(up + 2) * 3 / .5", above=-1e-9,
        hold_s=90.5, level=Level.INFO, scope='sh?p:"[!a-c]*\\',
    ),
    Rule(name="always", kind="host", title="It always holds", formula="2 * 3", above=5, hold_s=0),
    Rule(name="ahead", kind="cluster", title="Far ahead", formula="forecast(connections, 7d) - rate(up)", below=-1e12),
)  # fmt: skip
PAST_MINUTES = 70


def write(folder: Path, exporter: Exporter, *products: ProductName) -> None:
    for product in products:
        for file in exporter.export(product, Wish(15, None, "127.0.0.1:9093", "http://127.0.0.1:1/hook")).files:
            (folder / file.name).write_text(file.text)


@pytest.fixture(scope="module", autouse=True)
def products() -> None:
    need_products()


@pytest.fixture
def exporter(tmp_path: Path) -> Exporter:
    authority = tmp_path / "root.crt"
    authority.write_text(Authority(tmp_path / "authority", system_clock).certificate())
    return Exporter(Place("https://nacre.test", authority, open=False), lambda: (*DEFAULTS, *OWN))


def test_every_product_reads_what_is_written_for_it(tmp_path: Path, exporter: Exporter) -> None:
    write(tmp_path, exporter, "prometheus", "alertmanager", "victoriametrics")
    (tmp_path / "nacre.token").write_text("secret")
    check("promtool", "check", "config", "prometheus.yml", folder=tmp_path)
    check("promtool", "check", "rules", "--lint=all", "--lint-fatal", "nacre-rules.yml", folder=tmp_path)
    check("amtool", "check-config", "alertmanager.yml", folder=tmp_path)
    check("victoria-metrics", "-dryRun", "-promscrape.config=promscrape.yml", folder=tmp_path)
    check("vmalert", "-dryRun", "-rule=nacre-rules.yml", folder=tmp_path)


def test_rules_give_there_what_they_give_here_and_every_panel_shows_something(
    tmp_path: Path, exporter: Exporter
) -> None:
    began_s = int(system_clock().timestamp()) // 60 * 60 - 4 * 3600
    end_s = began_s + PAST_MINUTES * 60
    known = some_past(began_s)
    (tmp_path / "past.txt").write_text("\n".join(open_metrics(known)) + "\n# EOF\n")
    (tmp_path / "nothing.yml").write_text("global: {}\n")
    check("promtool", "tsdb", "create-blocks-from", "openmetrics", "past.txt", "data", folder=tmp_path)
    with prometheus(tmp_path, "nothing.yml") as there:
        for rule in (*DEFAULTS, *OWN):
            found = {dict(labels).get("label", ""): one for labels, one in there.query(labelled(rule), end_s).items()}
            for label in labels_of(rule.kind):
                said = rule.read.value(lambda name, k=rule.kind, of=label: known[k, of, name])  # type: ignore[misc]
                if rule.name == "always":
                    assert found == {"": 6}
                elif rule.concerns(label):
                    assert isnan(said) or found[label] == pytest.approx(said, rel=1e-6), rule
                else:
                    assert label not in found
        for kind, panel, expression in drawn(exporter):
            assert there.query(expression, end_s), f"{kind}: {panel} shows nothing: {expression}"


def labels_of(kind: str) -> tuple[str, ...]:
    return ("shop", 'shop:"try\\') if KINDS[kind].label else ("",)


def some_past(began_s: int) -> dict[tuple[str, str, str], Past]:
    """Of every measure a number a minute; counters were started anew once."""
    chance = random.Random(7)
    known: dict[tuple[str, str, str], Past] = {}
    for kind in KINDS.values():
        for label in labels_of(kind.name):
            for measure in kind.measures:
                number, past = 0.0, []
                for minute in range(PAST_MINUTES + 1):
                    number = 0 if minute == PAST_MINUTES - 2 else number + chance.randrange(1, 1000)
                    shown = number if measure.counter else chance.uniform(1, 1000)
                    past.append(((began_s + minute * 60) * 1000, shown))
                known[kind.name, label, measure.name] = past
    return known


def open_metrics(known: dict[tuple[str, str, str], Past]) -> Iterator[str]:
    for (kind, label, name), past in known.items():
        own = KINDS[kind].label
        labels = ['instance="here"', *([f"{own}={quoted(label)}"] if own else [])]
        for time_ms, number in past:
            yield f"{series(KINDS[kind], name, *labels)} {number!r} {time_ms // 1000}"


def labelled(rule: Rule) -> str:
    """With the label of its kind under one name."""
    own = KINDS[rule.kind].label
    return f'label_replace({value(rule)}, "label", "$1", "{own}", "(.*)")' if own else value(rule)


def drawn(exporter: Exporter) -> Iterator[tuple[str, str, str]]:
    """All that dashboards ask for, as Grafana asks when everything is chosen."""
    for file in exporter.export("grafana", Wish(15, None, "", "")).files:
        for panel in json.loads(file.text)["panels"]:
            for target in panel.get("targets", ()):
                expression = target["expr"].replace("$__rate_interval", "5m")
                for variable in ("instance", *(kind.label for kind in KINDS.values() if kind.label)):
                    expression = expression.replace(f'"${variable}"', '".*"')
                yield file.name, panel["title"], expression
