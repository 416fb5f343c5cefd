"""Turns lines of the access log (gateway/accesslog.py) into counts for each app. Pure."""

import re
from bisect import bisect_left
from collections.abc import Container
from dataclasses import dataclass, field

from nacre.monitoring.traffic import BOUNDS_S, quantile

_LINE = re.compile(
    # What people send is within strings, in which no quotation mark stands without a backslash before it.
    rb'"duration":([0-9.e+-]+),"size":(\d+),"status":(\d+)'
    rb'(?:,"uuid":"[^"]*")?(?:,"began":(?:([0-9.e+-]+)|null))?(?:,"app":"([a-z0-9-]*)")?'
)
SLOW_S = 2.0
_SWITCHED = 101
"""Of a WebSocket only its whole length is known, which says nothing of how fast an app is."""


@dataclass
class Counts:
    """Of one app, or of all that the gateway was asked. `requests` and the like grow for ever; `latencies` empties what
    was counted since."""

    requests: int = 0
    by_class: list[int] = field(default_factory=lambda: [0] * 6)
    slow: int = 0
    sent_bytes: int = 0
    _buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))

    def note(self, status: int, size: int, seconds: float) -> None:
        self.requests += 1
        self.by_class[min(status // 100, 5)] += 1
        self.sent_bytes += size
        if status != _SWITCHED:
            self.slow += seconds > SLOW_S
            self._buckets[bisect_left(BOUNDS_S, seconds)] += 1

    def latencies(self, *shares: float) -> list[float]:
        """What these shares of the requests since the last call took at most, in seconds; not a number without any."""
        buckets, self._buckets = self._buckets, [0] * (len(BOUNDS_S) + 1)
        return [quantile(buckets, share) for share in shares]


def count(text: bytes, whole: Counts, apps: dict[str, Counts], known: Container[str]) -> None:
    """Add what these lines tell to the `whole` and to their apps. Only apps that are `known` have counts of their own,
    since a name is whatever somebody asked for."""
    for duration, size, status, began, name in _LINE.findall(text):
        seconds, code, sent = float(began) / 1000 if began else float(duration), int(status), int(size)
        whole.note(code, sent, seconds)
        if name and (app := name.decode()) in known:
            if app not in apps:
                apps[app] = Counts()
            apps[app].note(code, sent, seconds)
