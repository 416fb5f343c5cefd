"""What is pending and will have held for long enough, and when. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil

from nacre.monitoring.alerts.book import Key
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.alerts.states import Alert, Stage

_SOON = timedelta(seconds=75)
"""Longer than from one look to the next: whoever sends is ready by the look at which a hold is over."""


def next_held_ms(standing: Mapping[Key, Alert], rules: Mapping[str, Rule], now: datetime) -> int | None:
    """In milliseconds since the epoch. What is not known now may be pending for longer, and is then not asked for again
    and again."""
    ends = [end for _, end in _ends(standing, rules) if end > now]
    return ceil(min(ends).timestamp() * 1000) if ends else None


def gravest_soon(
    standing: Mapping[Key, Alert], rules: Mapping[str, Rule], now: datetime, silenced: Callable[[Key, datetime], bool]
) -> Level | None:
    """Of what somebody is to be told by the next look, unless it passes."""
    levels = [
        rules[key[0]].level for key, end in _ends(standing, rules) if now < end < now + _SOON and not silenced(key, now)
    ]
    return max(levels, key=lambda level: level.rank, default=None)


def _ends(standing: Mapping[Key, Alert], rules: Mapping[str, Rule]) -> list[tuple[Key, datetime]]:
    pending = [(key, alert) for key, alert in standing.items() if alert.stage == Stage.PENDING]
    return [(key, alert.since + timedelta(seconds=rules[key[0]].hold_s)) for key, alert in pending]
