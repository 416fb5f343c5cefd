"""How everything is that somebody may see: each subject with its light, what fires for it, and its few numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from nacre.core.clock import Clock, from_ns
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.answers import AlertShown, listed
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.book.quarters import GAP_MS
from nacre.monitoring.collector import Collector
from nacre.monitoring.health.headlines import HEADLINES, Headline
from nacre.monitoring.health.judging import Light, light_of, worst
from nacre.monitoring.heartbeat import Heartbeat
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Unit
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample
from nacre.monitoring.seeing import may_see, sees_all


class Figure(Answer):
    """One of the few numbers of a subject; None where it is not known."""

    name: str
    value: float | None
    unit: Unit


class SubjectHealth(Answer):
    """`light` is good, attention, bad, or unknown where nothing was measured for minutes. `alerts` are those that fire
    or are about to, the worst first."""

    kind: str
    label: str
    light: Light
    looked_at: datetime
    figures: list[Figure]
    alerts: list[AlertShown]


class Trouble(Answer):
    """What keeps monitoring itself from working, in a sentence, and what to do about it."""

    code: str
    message: str
    hint: str


class WholeHealth(Answer):
    """`light` is the worst there is; `subjects` the worst first. Only admins are told `troubles`."""

    light: Light
    looked_at: datetime | None
    troubles: list[Trouble]
    subjects: list[SubjectHealth]


@dataclass(frozen=True)
class Health:
    """Called from worker threads. `unfollowed` says why logs are followed no more; nothing while they are."""

    ring: Ring
    collector: Collector
    alerter: Alerter
    channels: Channels
    heartbeat: Heartbeat
    clock: Clock
    unfollowed: Callable[[], str]

    def whole(self, who: Principal) -> WholeHealth:
        """Of all subjects that the caller may see; from now on they are looked at more often."""
        self.collector.watch()
        samples = [one for one in _there_still(self.ring.latest()) if may_see(who, one.subject)]
        alerts = listed(self.alerter, who)
        subjects = [self._subject(one, alerts) for one in samples]
        order = list(KINDS)
        return WholeHealth(
            light=worst([one.light for one in subjects]),
            looked_at=max((one.looked_at for one in subjects), default=None),
            troubles=list(self._troubles()) if sees_all(who) else [],
            subjects=sorted(subjects, key=lambda one: (-one.light.rank, order.index(one.kind), one.label)),
        )

    def _subject(self, sample: Sample, alerts: Sequence[AlertShown]) -> SubjectHealth:
        kind, label = sample.subject
        own = [one for one in alerts if (one.kind, one.label) == (kind, label)]
        silent = self.clock().timestamp() * 1000 - sample.time_ms > GAP_MS
        return SubjectHealth(
            kind=kind,
            label=label,
            light=light_of(((one.level, one.stage) for one in own), not silent),
            looked_at=from_ns(sample.time_ms * 1_000_000),
            figures=[self._figure(sample, headline) for headline in HEADLINES[kind]],
            alerts=own,
        )

    def _figure(self, sample: Sample, headline: Headline) -> Figure:
        places, reach_ms = KINDS[headline.kind].places, headline.read.reach_ms
        value = headline.read.value(lambda name: self.ring.past(sample.subject, places[name], reach_ms))
        return Figure(name=headline.name, value=value if isfinite(value) else None, unit=headline.unit)

    def _troubles(self) -> Iterator[Trouble]:
        if not self.alerter.works():
            yield Trouble(
                code="alerts-not-told",
                message="Alerts cannot be written down or told now.",
                hint="The log of the daemon says why.",
            )
        channels = [one for one in self.channels.all() if one.enabled]
        if not channels:
            yield Trouble(
                code="no-channel",
                message="Nobody is told when something is wrong.",
                hint="Add a channel: nacre alert channel add team-chat slack://token-a/token-b/token-c",
            )
        for channel in channels:
            if channel.last_error:
                yield Trouble(
                    code="channel-fails",
                    message=f"The channel “{channel.name}” did not take its last message: {channel.last_error}",
                    hint=f"Try it: nacre alert channel test {channel.name}",
                )
        if self.heartbeat.trouble:
            yield Trouble(
                code="heartbeat-unheard",
                message=f"The heartbeat is not heard: {self.heartbeat.trouble}",
                hint="Look at the setting heartbeat_url.",
            )
        if why := self.unfollowed():
            yield Trouble(
                code="logs-not-followed",
                message=f"What is written to logs now is not found: the process that follows them gave up. {why}",
                hint="`nacre system logs logs` shows more. It is tried again every five minutes.",
            )
        if self.ring.left_out:
            yield Trouble(
                code="too-many-subjects",
                message="There is more than can be measured; some of it is not.",
                hint="`nacre monitoring now` shows what is.",
            )


def _there_still(samples: Sequence[Sample]) -> Iterator[Sample]:
    """What a look at its kind no longer found is gone, such as a branch that was deleted."""
    newest: dict[str, int] = {}
    for one in samples:
        newest[one.subject.kind] = max(newest.get(one.subject.kind, 0), one.time_ms)
    return (one for one in samples if one.time_ms == newest[one.subject.kind])
