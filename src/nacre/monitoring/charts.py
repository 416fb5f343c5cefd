"""What was measured, as charts and tables want it, and what is so now."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

from nacre.core.clock import Clock, from_ns
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.monitoring.book.drawing import Points
from nacre.monitoring.book.file import File, rows
from nacre.monitoring.book.reading import Past
from nacre.monitoring.collector import Collector
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Measure, Unit
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see

_MOST_POINTS = 200_000
"""Of all series of an answer together: the more are asked for, the coarser they are."""

_SYSTEM = """
SELECT id, timestamp, cpu_usage_percent, memory_alloc_mb, tasks_count, threads_count, sqlite_wal_size_mb,
       sqlite_open_conns, p95_latency_ms, http_5xx_count
FROM system_metrics WHERE timestamp >= ? ORDER BY timestamp, id
"""


class SystemMetrics(Answer):
    """One look at the machine and the daemon; `http_5xx_count` since the look before, None where it is not known."""

    id: int
    timestamp: datetime
    cpu_usage_percent: float | None
    memory_alloc_mb: float | None
    tasks_count: int | None
    threads_count: int | None
    sqlite_wal_size_mb: float | None
    sqlite_open_conns: int | None
    p95_latency_ms: float | None
    http_5xx_count: int | None


class Series(Answer):
    """One measure of one subject. `times` are milliseconds since the epoch; of what lies between one and the next,
    `mean`, `least` and `greatest`. None stands for a gap, in which nothing was measured. A counter (`rate`) is told as
    its growth a second."""

    kind: str
    label: str
    measure: str
    unit: Unit
    rate: bool
    help: str
    times: list[int]
    mean: list[float | None]
    least: list[float | None]
    greatest: list[float | None]


class Now(Answer):
    """The latest look at one subject: its numbers by measure, None where one is not known. Counters are as counted."""

    kind: str
    label: str
    time: datetime
    numbers: dict[str, float | None]


@dataclass(frozen=True)
class Charts:
    """Called from worker threads."""

    file: File
    ring: Ring
    collector: Collector
    clock: Clock

    def system(self, hours: float) -> list[SystemMetrics]:
        since = self.clock() - timedelta(hours=hours)
        with self.file.reading() as connection:
            found = rows(connection, _SYSTEM, (int(since.timestamp()),)) if connection else []
        names = tuple(SystemMetrics.model_fields)
        return [
            SystemMetrics.model_validate(
                dict(zip(names, row, strict=True)) | {"timestamp": from_ns(row[1] * 1_000_000_000)}
            )
            for row in found
        ]

    def series(
        self, who: Principal, kind: str, labels: Sequence[str], names: Sequence[str], since: datetime, until: datetime,
        most: int,
    ) -> list[Series]:  # fmt: skip
        """Each measure of each subject, once. Raises InvalidInput "unknown-measure", "bad-range", NotFound
        "subject-not-found": there is none, or it is none of the caller's business."""
        if since >= until:
            raise InvalidInput("bad-range", "The range ends before it begins.", hint="Give an earlier --since.")
        measures = [_measure(kind, name) for name in dict.fromkeys(names)]
        subjects = [Subject(kind, label) for label in dict.fromkeys(labels)]
        most = min(most, max(_MOST_POINTS // (len(measures) * len(subjects)), 1))
        for subject in subjects:
            if not may_see(who, subject):
                raise not_found(subject)
        now_ms, since_ms, until_ms = (int(time.timestamp() * 1000) for time in (self.clock(), since, until))
        self.collector.watch()
        with ExitStack() as opened:
            connection = opened.enter_context(self.file.reading())
            if connection is None:
                return []
            return [
                _series(subject, measure, past.points(measure, since_ms, until_ms, most, now_ms))
                for subject in subjects
                for past in (Past(connection, subject),)
                for measure in measures
            ]

    def now(self, who: Principal, kind: str | None) -> list[Now]:
        """Of all subjects that the caller may see; from now on they are looked at more often."""
        self.collector.watch()
        return [
            Now(
                kind=one.subject.kind,
                label=one.subject.label,
                time=from_ns(one.time_ms * 1_000_000),
                numbers={
                    measure.name: _known(number)
                    for measure, number in zip(KINDS[one.subject.kind].measures, one.numbers, strict=True)
                },
            )
            for one in self.ring.latest()
            if kind in (None, one.subject.kind) and may_see(who, one.subject)
        ]


def _measure(kind: str, name: str) -> Measure:
    if kind not in KINDS:
        raise InvalidInput(
            "unknown-measure", f"Nothing of the kind “{kind}” is measured.", hint=f"There are {', '.join(KINDS)}."
        )
    places = KINDS[kind].places
    if name not in places:
        raise InvalidInput(
            "unknown-measure", f"A {kind} has no measure “{name}”.", hint=f"There are {', '.join(places)}."
        )
    return KINDS[kind].measures[places[name]]


def _series(subject: Subject, measure: Measure, found: Points) -> Series:
    return Series(
        kind=subject.kind,
        label=subject.label,
        measure=measure.name,
        unit=measure.unit,
        rate=measure.counter,
        help=measure.help,
        times=found.times.tolist(),
        mean=[number if number == number else None for number in found.mean],
        least=[number if number == number else None for number in found.least],
        greatest=[number if number == number else None for number in found.greatest],
    )


def _known(number: float) -> float | None:
    return None if isnan(number) else number


def not_found(subject: Subject) -> NotFound:
    return NotFound(
        "subject-not-found",
        f"There is no {subject.kind} “{subject.label}” that you may look at.",
        hint="`nacre monitoring now` shows those there are.",
    )
