"""What Prometheus and VictoriaMetrics are told: whom to scrape, and the rules. Pure."""

from collections.abc import Sequence
from typing import Any

from nacre.monitoring.alerts.messages import runbook
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.export.place import AUTHORITY_FILE, JOB, Place
from nacre.monitoring.export.promql import condition, duration, series
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.kinds import KINDS

RULES_FILE = "nacre-rules.yml"
_GONE_FOR = "3m"


def scraping(place: Place, every_s: int, token_file: str) -> list[dict[str, Any]]:
    """The part `scrape_configs`; without a token file, by the address of who scrapes."""
    job: dict[str, Any] = {
        "job_name": JOB,
        "scrape_interval": duration(every_s),
        "metrics_path": "/metrics",
        "scheme": place.scheme,
    }
    if token_file:
        job["authorization"] = {"type": "Bearer", "credentials_file": token_file}
    if place.authority is not None:
        job["tls_config"] = {"ca_file": AUTHORITY_FILE}
    return [{**job, "static_configs": [{"targets": [place.target]}]}]


def configuration(place: Place, every_s: int, token_file: str, alertmanager: str) -> dict[str, Any]:
    """All of prometheus.yml."""
    return {
        "global": {"scrape_interval": duration(every_s), "evaluation_interval": duration(every_s)},
        "rule_files": [RULES_FILE],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": scraping(place, every_s, token_file),
    }


def rule_groups(place: Place, rules: Sequence[Rule]) -> dict[str, Any]:
    """A group for each kind, and one for what no Nacre can tell of itself: that it is not there, or does not look."""
    by_kind = {kind: [rule for rule in rules if rule.kind == kind] for kind in KINDS}
    groups = [
        {"name": f"nacre-{kind}", "rules": [_rule(place, rule) for rule in some]}
        for kind, some in by_kind.items()
        if some
    ]
    return {"groups": [*groups, {"name": "nacre", "rules": [_gone(place), _still(place)]}]}


def _rule(place: Place, rule: Rule) -> dict[str, Any]:
    label = KINDS[rule.kind].label
    about = f" ({{{{ $labels.{label} }}}})" if label else ""
    return {
        "alert": rule.name,
        "expr": condition(rule),
        "for": duration(rule.hold_s),
        "labels": {"severity": rule.level.value, "kind": rule.kind},
        "annotations": {
            "summary": f"{_plain(rule.title)}{about}",
            "description": "The value is {{ $value | humanize }}.",
            "dashboard": f"{place.page('/monitoring/alerts', kind=rule.kind, rule=rule.name)}{_label_query(label)}",
            "runbook_url": runbook(place.console, rule.name),
        },
    }


def _plain(text: str) -> str:
    """What people wrote is no template."""
    return text.replace("{{", '{{ "{{" }}')


def _label_query(label: str) -> str:
    return f"&label={{{{ $labels.{label} | urlquery }}}}" if label else ""


def _gone(place: Place) -> dict[str, Any]:
    return _of_nacre(
        place, "nacre-gone", f'up{{job="{JOB}"}} == 0', "Nacre does not answer",
        "Its metrics could not be read for three minutes: nothing of it is looked after.",
    )  # fmt: skip


def _still(place: Place) -> dict[str, Any]:
    any_measure = series(DAEMON, DAEMON.measures[0].name)
    return _of_nacre(
        place, "nacre-still", f'up{{job="{JOB}"}} == 1 unless on (instance) {any_measure}', "Nacre measures nothing",
        "It answers, and has told nothing of itself for three minutes: nobody there looks after alerts.",
    )  # fmt: skip


def _of_nacre(place: Place, name: str, expression: str, title: str, about: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": _GONE_FOR,
        "labels": {"severity": Level.CRITICAL.value, "kind": "nacre"},
        "annotations": {
            "summary": f"{title} ({{{{ $labels.instance }}}})",
            "description": about,
            "runbook_url": runbook(place.console, name),
        },
    }
