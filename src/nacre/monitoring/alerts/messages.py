"""What people are told, as text. Pure. What happened together is one message."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from nacre.monitoring.alerts.book import Event
from nacre.monitoring.alerts.rules import Level
from nacre.monitoring.alerts.states import News

_MARKS = {Level.INFO: "ℹ️", Level.WARNING: "⚠️", Level.CRITICAL: "🔴"}
_MOST = 20


def title_of(events: Sequence[Event]) -> str:
    if len(events) == 1:
        (one,) = events
        mark = "✅" if one.news == News.RESOLVED else _MARKS[one.level]
        return f"{mark} {_said(one)}"
    fired = [one for one in events if one.news != News.RESOLVED]
    over = len(events) - len(fired)
    worst = max(events, key=lambda one: one.level.rank)
    parts = ([f"{len(fired)} alerts"] if fired else []) + ([f"{over} over"] if over else [])
    return f"{_MARKS[worst.level] if fired else '✅'} {', '.join(parts)}"


def body_of(events: Sequence[Event], console: str) -> str:
    """`console` is the address of the console, to which the links lead; they are left out where there is none."""
    worst_first = sorted(events, key=lambda one: (one.news == News.RESOLVED, -one.level.rank, one.id))
    parts = [_paragraph(one, console) for one in worst_first[:_MOST]]
    if len(events) > _MOST:
        parts.append(f"And {len(events) - _MOST} more.")
    return "\n\n".join(parts)


def runbook(console: str, rule: str) -> str:
    """Where the console says what a rule means, and what to do."""
    return f"{console}/monitoring/runbook/{rule}"


def _said(event: Event) -> str:
    about = f" ({event.label})" if event.label else ""
    return f"Over: {event.title}{about}" if event.news == News.RESOLVED else f"{event.title}{about}"


def _paragraph(event: Event, console: str) -> str:
    lines = [_said(event), f"{event.level.value}, since {_time(event.since)}; the value is {event.value:.6g}."]
    if event.news == News.REPEATED:
        lines.append("It still holds, and nobody has acknowledged it.")
    if console:
        about = urlencode({"kind": event.kind, "label": event.label, "rule": event.rule})
        lines.append(f"{console}/monitoring/alerts?{about}")
    return "\n".join(lines)


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
