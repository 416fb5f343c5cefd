"""What people are told, as text. Pure. What happened together is one message."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from nacre.monitoring.alerts.book import Event
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.alerts.states import News
from nacre.monitoring.alerts.units import told
from nacre.monitoring.alerts.wording import ENGLISH, Wording
from nacre.monitoring.measures.kinds import KINDS

_MARKS = {Level.INFO: "ℹ️", Level.WARNING: "⚠️", Level.CRITICAL: "🔴"}
_MOST = 20
_MOST_WITH_ALL_LINKS = 5
"""Chats cut long messages; the page of an alert leads to the rest."""

_COMPONENTS = ("daemon", "gateway")
_BEFORE, _AFTER = timedelta(hours=1), timedelta(minutes=10)


def title_of(events: Sequence[Event], wording: Wording = ENGLISH) -> str:
    if len(events) == 1:
        (one,) = events
        mark = "✅" if one.news == News.RESOLVED else _MARKS[one.level]
        return f"{mark} {_said(one, wording)}"
    fired = [one for one in events if one.news != News.RESOLVED]
    over = len(events) - len(fired)
    worst = max(events, key=lambda one: one.level.rank)
    parts = ([wording.alerts(len(fired))] if fired else []) + ([wording.are_over(over)] if over else [])
    return f"{_MARKS[worst.level] if fired else '✅'} {', '.join(parts)}"


def body_of(
    events: Sequence[Event], console: str, rules: Mapping[str, Rule] | None = None, wording: Wording = ENGLISH
) -> str:
    """`console` is the address of the console, to which the links lead; they are left out where there is none. `rules`
    say in what the values are counted; those of rules that are gone are plain numbers."""
    worst_first = sorted(events, key=lambda one: (one.news == News.RESOLVED, -one.level.rank, one.id))
    every_link = len(events) <= _MOST_WITH_ALL_LINKS
    parts = []
    for event in worst_first[:_MOST]:
        lines = [_said(event, wording), _facts(event, (rules or {}).get(event.rule), wording)]
        if event.news == News.REPEATED:
            lines.append(wording.still)
        if console:
            lines += _links(event, console, wording) if every_link else [alert_page(console, event)]
        parts.append("\n".join(lines))
    if len(events) > _MOST:
        parts.append(wording.more(len(events) - _MOST))
    return "\n\n".join(parts)


def runbook(console: str, rule: str) -> str:
    """Where the console says what a rule means, and what to do."""
    return f"{console}/monitoring/runbook/{rule}"


def alert_page(console: str, event: Event) -> str:
    return f"{console}/monitoring/alerts?{_query(kind=event.kind, label=event.label, rule=event.rule)}"


def _said(event: Event, wording: Wording) -> str:
    about = f" ({event.label})" if event.label else ""
    title = f"{wording.title_of(event.rule, event.title)}{about}"
    return f"{wording.over}: {title}" if event.news == News.RESOLVED else title


def _facts(event: Event, rule: Rule | None, wording: Wording) -> str:
    value = f"{wording.value} {told(event.value, rule.read.unit if rule else '')}"
    bound = f" ({wording.bound} {told(rule.bound, rule.read.unit)})" if rule else ""
    return f"{wording.levels[event.level]}, {wording.since} {event.since:%Y-%m-%d %H:%M:%S} UTC; {value}{bound}"


def _links(event: Event, console: str, wording: Wording) -> list[str]:
    """From an hour before it began; what is over has an end."""
    until = {"until": _moment(event.time + _AFTER)} if event.news == News.RESOLVED else {}
    time = {"since": _moment(event.since - _BEFORE), **until}
    chart, logs = _query(kind=event.kind, label=event.label, **time), _query(of=log_of(event), **time)
    return [
        f"{wording.chart}: {console}/monitoring/dashboards?{chart}",
        f"{wording.logs}: {console}/monitoring/logs?{logs}",
        f"{wording.runbook}: {runbook(console, event.rule)}",
        f"{wording.alert}: {alert_page(console, event)}",
    ]


def log_of(event: Event) -> str:
    """What people call the logs of a subject, as `nacre log search` knows it; empty where there are none of its own."""
    label = KINDS[event.kind].label if event.kind in KINDS else ""
    match label:
        case "branch":
            return event.label
        case "workspace":  # shop:try/ann
            return event.label.partition("/")[0]
        case "app":  # shop/cart
            return event.label.rpartition("/")[2]
    return event.kind if event.kind in _COMPONENTS else ""


def _query(**said: str) -> str:
    return urlencode({name: value for name, value in said.items() if value}, quote_via=quote)


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
