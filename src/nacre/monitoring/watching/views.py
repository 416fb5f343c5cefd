"""How everything is, found out once for all who see the same, and again only after something has changed."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from nacre.core.clock import Clock
from nacre.core.principals import Principal
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.answers import AlertShown, listed
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.health.health import Health, WholeHealth
from nacre.monitoring.marks.marks import Mark, Marks
from nacre.monitoring.seeing import sight_of
from nacre.monitoring.watching.looks import Looks

WRITTEN_WITHIN = timedelta(minutes=2)
T = TypeVar("T")


class Moment(NamedTuple):
    """Whatever changes between two looks is seen at the next one, but at once what becomes of alerts, and of the
    channels by which people are told."""

    looks: int
    of_alerts: int
    of_channels: int


class Views:
    """Thread-safe. At one moment each part is found out once for each sight (seeing.py)."""

    def __init__(
        self, looks: Looks, book: AlertBook, channels: Channels, health: Health, alerter: Alerter, marks: Marks,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._looks = looks
        self._book = book
        self._channels = channels
        self._health = health
        self._alerter = alerter
        self._marks = marks
        self._clock = clock
        self._at: Moment | None = None
        self._found: dict[tuple[str, Principal], Any] = {}
        self._finding = threading.Lock()

    @property
    def moment(self) -> Moment:
        return Moment(self._looks.count, self._book.version, self._channels.version)

    def health(self, who: Principal) -> WholeHealth:
        return self._once("health", self._health.whole, who)

    def alerts(self, who: Principal) -> list[AlertShown]:
        return self._once("alerts", lambda sight: listed(self._alerter, sight), who)

    def marks(self, who: Principal) -> list[Mark]:
        """Of the last minutes."""
        return self._once("marks", self._late_marks, who)

    def _late_marks(self, sight: Principal) -> list[Mark]:
        now = self._clock()
        return self._marks.between(sight, now - WRITTEN_WITHIN, now + WRITTEN_WITHIN)

    def _once(self, part: str, find: Callable[[Principal], T], who: Principal) -> T:
        """Whoever comes while it is found out waits for it."""
        with self._finding:
            now = self.moment  # before anything is read: what changes meanwhile is found at the next moment
            if now != self._at:
                self._at, self._found = now, {}
            key = (part, sight_of(who))
            if key not in self._found:
                self._found[key] = find(key[1])
            found: T = self._found[key]
            return found
