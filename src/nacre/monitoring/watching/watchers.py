"""Tells each follower what is new for them after each look, and what becomes of alerts as it becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from nacre.core.clock import Clock
from nacre.core.errors import Unavailable
from nacre.core.principals import Principal
from nacre.core.progress import by_now, say, unheard
from nacre.monitoring.alerts.answers import AlertShown
from nacre.monitoring.charts import not_found
from nacre.monitoring.collector import Collector
from nacre.monitoring.health.health import WholeHealth
from nacre.monitoring.marks.marks import Mark
from nacre.monitoring.places import Places
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see
from nacre.monitoring.watching.answers import Watched, WatchNews
from nacre.monitoring.watching.looks import Looks
from nacre.monitoring.watching.tail import Tail
from nacre.monitoring.watching.views import Views

Part = Literal["health", "alerts", "marks"]

_LISTENED_EVERY_S = 0.5
_MOST_WATCHING = 20
"""At once: each holds one of the threads that all operations share (surfaces/http/running.py)."""


@dataclass(frozen=True)
class Wanted:
    """What a follower is told of, and the subjects whose numbers come too."""

    parts: Sequence[Part]
    subjects: Sequence[Subject]


@dataclass(frozen=True)
class Watchers:
    """Called from worker threads."""

    looks: Looks
    ring: Ring
    collector: Collector
    views: Views
    clock: Clock
    _room: Places = field(default_factory=partial(Places, _MOST_WATCHING))

    def follow(self, who: Principal, wanted: Wanted) -> Watched:
        """Pass on how things are and then what is new (progress.say), a JSON document each, until nobody listens.

        As long as that is, all is looked at more often. Everything is told by the rights of that moment.

        Raises Unavailable "too-many-watch", NotSignedIn "let-in-no-more", NotFound "subject-not-found".
        """
        full = Unavailable(
            "too-many-watch",
            f"{_MOST_WATCHING} watch already, or half as many for you: more would hold up everything else.",
            hint="Close a page of monitoring, or ask again and again: `nacre monitoring health`.",
        )
        with self._room.one(who, full):
            return self._follow(who, wanted)

    def _follow(self, who: Principal, wanted: Wanted) -> Watched:
        one = _Follower(self, who, wanted)
        moment, told = self.views.moment, 1
        last = one.news(by_now(who))
        _say(last)
        while not unheard():
            self.collector.watch()
            self.looks.wait(moment.looks, _LISTENED_EVERY_S)
            before, moment = moment, self.views.moment
            if moment == before:
                continue
            last = one.news(by_now(who))
            if moment.looks > before.looks or _is_any(last):
                told += 1
                _say(last)
        return Watched(told=told, last=last)


class _Follower:
    """What one was told already. Whatever changed is asked for by the rights of that moment."""

    def __init__(self, watchers: Watchers, who: Principal, wanted: Wanted) -> None:
        self._all = watchers
        self._who = who
        self._wanted = wanted
        self._tail = Tail(watchers.ring, wanted.subjects)
        self._marks: list[Mark] | None = None
        self._health: WholeHealth | None = None
        self._alerts: list[AlertShown] | None = None

    def news(self, who: Principal) -> WatchNews:
        """Raises NotFound "subject-not-found": what was asked for is none of the follower's business, or no longer."""
        for subject in self._wanted.subjects:
            if not may_see(who, subject):
                raise not_found(subject)
        others, self._who = who != self._who, who
        measured, lost = self._tail.news()
        return WatchNews(
            time=self._all.clock(),
            anew=others or lost,
            health=self._health_if_new(who),
            alerts=self._alerts_if_new(who),
            marks=self._new_marks(who),
            measured=measured,
        )

    def _health_if_new(self, who: Principal) -> WholeHealth | None:
        if "health" not in self._wanted.parts:
            return None
        before, self._health = self._health, self._all.views.health(who)
        return None if before == self._health else self._health

    def _alerts_if_new(self, who: Principal) -> list[AlertShown] | None:
        if "alerts" not in self._wanted.parts:
            return None
        before, self._alerts = self._alerts, self._all.views.alerts(who)
        return None if before == self._alerts else self._alerts

    def _new_marks(self, who: Principal) -> list[Mark]:
        """What happened is written down a little later than it happens: so that of the last minutes is asked for again
        and again, and told once."""
        if "marks" not in self._wanted.parts:
            return []
        before, self._marks = self._marks, self._all.views.marks(who)
        return [] if before is None else [mark for mark in self._marks if mark not in before]


def _say(news: WatchNews) -> None:
    say(f"{news.model_dump_json()}\n".encode())


def _is_any(news: WatchNews) -> bool:
    return bool(news.anew or news.health or news.alerts is not None or news.marks or news.measured)
