"""Writes samples as they come, seals each hour once it is over, and forgets what is too old."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan

import apsw

from nacre.monitoring.book.blocks import in_columns, merged, packed, undamaged
from nacre.monitoring.book.file import rows
from nacre.monitoring.book.quarters import quarters, rates
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.sample import Sample, Subject

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MOST_SUBJECTS = 20_000
"""Beyond it new ones are not written: those of the past are kept for ninety days, and names come from people."""

KEPT_MS, QUARTERS_KEPT_MS = 7 * DAY_MS, 90 * DAY_MS
_SYSTEM = (
    "INSERT INTO system_metrics (timestamp, cpu_usage_percent, memory_alloc_mb, tasks_count, threads_count, "
    "sqlite_wal_size_mb, sqlite_open_conns, p95_latency_ms, http_5xx_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class Writing:
    """For one thread and one opened file: the numbers of subjects and layouts are remembered."""

    _subjects: dict[Subject, int] = field(default_factory=dict)
    _layouts: dict[str, int] = field(default_factory=dict)
    _failures: float = nan

    def append(self, connection: apsw.Connection, samples: Sequence[Sample]) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO recent (subject, time, layout, numbers) VALUES (?, ?, ?, ?)",
            [
                (known, one.time_ms, self._layout(connection, one.subject.kind), one.numbers.tobytes())
                for one in samples
                if (known := self._subject(connection, one.subject)) is not None
            ],
        )  # fmt: skip
        connection.executemany(_SYSTEM, [self._system(host, own) for host, own in _pairs(samples)])

    def seal(self, connection: apsw.Connection, now_ms: int) -> None:
        """Pack the hours that are over, and add their quarters to those of the day."""
        begun = now_ms // HOUR_MS * HOUR_MS
        over = rows(
            connection,
            "SELECT DISTINCT subject, layout, time / ? * ? FROM recent WHERE time < ?",
            (HOUR_MS, HOUR_MS, begun),
        )
        for subject, layout, start in over:
            self._seal(connection, subject, layout, start)

    def forget(self, connection: apsw.Connection, now_ms: int) -> None:
        connection.execute("DELETE FROM hour WHERE start < ?", (now_ms - KEPT_MS,))
        connection.execute("DELETE FROM day WHERE start < ?", (now_ms - QUARTERS_KEPT_MS,))
        connection.execute("DELETE FROM system_metrics WHERE timestamp < ?", ((now_ms - KEPT_MS) // 1000,))
        connection.execute(
            "DELETE FROM subject WHERE id NOT IN (SELECT subject FROM recent UNION SELECT subject FROM hour "
            "UNION SELECT subject FROM day)"
        )
        self._subjects.clear()

    def _seal(self, connection: apsw.Connection, subject: int, layout: int, start: int) -> None:
        where = (subject, layout, start, start + HOUR_MS)
        found = rows(
            connection,
            "SELECT time, numbers FROM recent WHERE subject = ? AND layout = ? AND time >= ? AND time < ?",
            where,
        )
        own = {time: array("d", numbers) for time, numbers in found}
        times, columns = _put(connection, "hour", (subject, start, layout), own)
        ((kind, names),) = rows(connection, "SELECT kind, names FROM layout WHERE id = ?", (layout,))
        days: dict[int, dict[int, array[float]]] = defaultdict(dict)
        for quarter, numbers in _quarters(kind, names.split(), times, columns).items():
            days[quarter // DAY_MS * DAY_MS][quarter] = numbers
        for day, some in days.items():
            _put(connection, "day", (subject, day, layout), some)
        connection.execute("DELETE FROM recent WHERE subject = ? AND layout = ? AND time >= ? AND time < ?", where)

    def _system(self, host: Sample, daemon: Sample) -> tuple[float, ...]:
        own = {name: daemon.numbers[place] for name, place in DAEMON.places.items()}
        before, self._failures = self._failures, own["failures"]
        return (
            daemon.time_ms // 1000,
            host.numbers[HOST.places["cpu_percent"]],
            own["memory_anonymous"] / 1e6,
            own["tasks"],
            own["threads"],
            own["wal_size"] / 1e6,
            own["connections"],
            own["latency_p95"] * 1000,
            own["failures"] - before,
        )

    def _subject(self, connection: apsw.Connection, subject: Subject) -> int | None:
        """None where there are too many."""
        known = self._subjects.get(subject)
        if known is None:
            connection.execute(
                "INSERT OR IGNORE INTO subject (kind, label) SELECT ?, ? WHERE (SELECT count(*) FROM subject) < ?",
                (*subject, MOST_SUBJECTS),
            )
            for (known,) in rows(connection, "SELECT id FROM subject WHERE kind = ? AND label = ?", subject):
                self._subjects[subject] = known
        return known

    def _layout(self, connection: apsw.Connection, kind: str) -> int:
        known = self._layouts.get(kind)
        if known is None:
            names = " ".join(KINDS[kind].places)
            connection.execute("INSERT OR IGNORE INTO layout (kind, names) VALUES (?, ?)", (kind, names))
            ((known,),) = rows(connection, "SELECT id FROM layout WHERE kind = ? AND names = ?", (kind, names))
            self._layouts[kind] = known
        return known


def _put(
    connection: apsw.Connection, table: str, key: tuple[int, int, int], more: "dict[int, array[float]]"
) -> "tuple[list[int], list[array[float]]]":
    """Add to a block: there is one already where the clock was set back, or a day is not over. Gives all of it."""
    where = "subject = ? AND start = ? AND layout = ?"
    found = rows(connection, f"SELECT block FROM {table} WHERE {where}", key)  # noqa: S608
    before = undamaged(found[0][0]) if found else None
    times, columns = merged(before, more) if before else in_columns(more)
    connection.execute(
        f"INSERT OR REPLACE INTO {table} (subject, start, layout, block) VALUES (?, ?, ?, ?)",  # noqa: S608
        (*key, packed(times, columns)),
    )
    return times, columns


def _quarters(
    kind: str, names: Sequence[str], times: Sequence[int], columns: "Sequence[array[float]]"
) -> "dict[int, array[float]]":
    """By the start of each quarter: of all measures mean, least and greatest; of counters, how fast they grew."""
    counters = {measure.name for measure in KINDS[kind].measures if measure.counter} if kind in KINDS else set()
    told: dict[int, array[float]] = defaultdict(lambda: array("d", [nan]) * (3 * len(columns)))
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        for start, *three in quarters(times, rates(times, column) if name in counters else column):
            told[start][3 * place : 3 * place + 3] = array("d", three)
    return told


def _pairs(samples: Iterable[Sample]) -> Iterator[tuple[Sample, Sample]]:
    """The looks at the machine and at this process that were taken together."""
    hosts = {one.time_ms: one for one in samples if one.subject.kind == HOST.name}
    for one in samples:
        if one.subject.kind == DAEMON.name and one.time_ms in hosts:
            yield hosts[one.time_ms], one
