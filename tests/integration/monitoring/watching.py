"""Alerts on what probes see, without a daemon: looked at when told to, by a clock that can be turned."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from apprise import Apprise
from tests.integration.monitoring.receiver import Receiver, receiver
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.principals import OWNER
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.rules import DEFAULTS, Level
from nacre.monitoring.alerts.sending import handed_over
from nacre.monitoring.collector import Collector
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.probes.probe import Probe
from nacre.monitoring.ring import Ring


class Turned:
    """A clock that runs as ever, `ahead` of its time."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


class Watch:
    """`hook` is where people would read what they are told."""

    def __init__(self, store: Store, hook: Receiver, clock: Turned, probes: Sequence[Probe], key: Path) -> None:
        self.hook, self.clock, self.ring = hook, clock, Ring()
        self.book = AlertBook(store, clock)
        channels = Channels(store, SecretBox(key), clock, handed_over)
        channels.add(OWNER, "hook", hook.address, Level.INFO)
        self.alerter = Alerter(self.ring, self.book, channels, clock, "https://nacre.test", rest=timedelta(0))
        self._collector = Collector(
            probes, self.ring, lambda now_ms: None, clock, after=(self.alerter.look,), wanted=self.alerter.held_at_ms
        )

    def only(self, name: str, **changed: float | str) -> None:
        """This rule alone, which holds at once."""
        for rule in DEFAULTS:
            values = {"hold_s": 0.0, **changed} if rule.name == name else {"enabled": False}
            self.book.set_rule(OWNER, rule.model_copy(update=values))

    def look(self, later: timedelta = timedelta(0)) -> bool:
        """False, for whoever waits for something else that comes of it."""
        self.clock.ahead += later
        self._collector.look()
        return False

    @contextmanager
    def looking_by_itself(self) -> Iterator[None]:
        """Once a minute, as in a daemon; for once."""
        self._collector.start()
        try:
            yield
        finally:
            self._collector.close()

    def numbers(self, kind: str, label: str = "") -> dict[str, float]:
        """What is seen of a subject now, by measure."""
        self.look()
        (one,) = (one for one in self.ring.latest() if one.subject == (kind, label))
        return dict(zip(KINDS[kind].places, one.numbers, strict=True))

    def fires_and_is_over(
        self, said: str, end: Callable[[], object], later: timedelta = timedelta(seconds=10)
    ) -> None:  # fmt: skip
        """It is told once, however often one looks, and then once that it is over; `later`: from look to look."""
        before = len(self.hook.titles)
        self.look()
        eventually(lambda: self.hook.titles[before:] or self.look(later), within_s=30, every_s=0.1)
        self.look(later)
        end()
        eventually(lambda: self.hook.titles[before + 1 :] or self.look(later), within_s=30, every_s=0.1)
        self.look(later)
        assert [one.split(" ", 1)[1] for one in self.hook.titles[before:]] == [said, f"Over: {said}"]


@contextmanager
def watching(store: Store, clock: Turned, probes: Sequence[Probe], key: Path) -> Iterator[Watch]:
    with receiver() as hook:
        Apprise().add(hook.address)  # to load it takes longer than all that follows, while looks leap ahead by minutes
        watch = Watch(store, hook, clock, probes, key)
        watch.alerter.start()
        with closing(watch.alerter):
            yield watch
