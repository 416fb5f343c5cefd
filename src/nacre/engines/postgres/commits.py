"""Turns moments into positions and counts what lies between two of them, along a chain of timelines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.timeline import Chain, Stretch
from nacre.engines.postgres.transactions import TransactionEnd, microseconds
from nacre.engines.postgres.walindex import SegmentEntry, Summary, WalIndex


@dataclass(frozen=True)
class Commits:
    """Answers questions about the transactions of a chain. `index_of` gives the shared index of a stretch's archive."""

    reader: WalReader
    chain: Chain
    index_of: Callable[[Stretch], WalIndex]
    _read: dict["_Part", list[TransactionEnd]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def last_at_or_before(self, time: datetime) -> TransactionEnd | None:
        """The last transaction end that belongs to the past of `time`, or None if the chain begins later.

        PostgreSQL's own rule for recovery_target_time: everything before the first transaction end later than `time`
        (recoveryStopsBefore, access/transam/xlogrecovery.c); unlike there, a PREPARE later than `time` stops too.
        Raises Damaged if WAL that must be read is missing or damaged.
        """
        limit_us = microseconds(time)
        return self._last_before(
            lambda record: record.time_us > limit_us,
            lambda entry: entry.latest_us is not None and entry.latest_us > limit_us,
        )

    def last_ending_by(self, lsn: Lsn) -> TransactionEnd | None:
        """The last transaction end that is complete at position `lsn`, or None. Raises Damaged."""
        return self._last_before(
            lambda record: record.end > lsn,
            lambda entry: entry.last is not None and entry.last.end > lsn,
        )

    def latest(self) -> TransactionEnd | None:
        """The newest transaction end there is, or None."""
        return self._last_before(lambda _: False, lambda _: False)

    def require(self, lsn: Lsn) -> None:
        """Raises Damaged, naming a segment, if the WAL that nothing is noted about yet does not reach `lsn` whole."""
        for part in self._parts():
            if part.end is None:
                self.reader.scan(part.stretch, part.start, lsn)

    def latest_us_before(self, lsn: Lsn) -> int | None:
        """The greatest time (µs since 1970) of the transaction ends that start before `lsn`, or None. Raises Damaged.

        Moments from that time on hold all of them: an earlier one leaves out at least one.
        """
        latest: int | None = None
        for part in self._parts():
            if part.start >= lsn:
                break
            if part.summary is not None and part.end is not None and part.end <= lsn:
                times = [part.summary.latest_us]
            else:
                times = [record.time_us for record in self._records(part) if record.start < lsn]
            latest = max((time for time in (latest, *times) if time is not None), default=None)
        return latest

    def first_after(self, lsn: Lsn) -> TransactionEnd | None:
        """The first transaction end that starts at or after `lsn`, or None. Raises Damaged."""
        for part in self._parts():
            if part.summary is not None and (part.summary.last is None or part.summary.last.start < lsn):
                continue
            found = next((record for record in self._records(part) if record.start >= lsn), None)
            if found is not None:
                return found
        return None

    def transactions_between(self, after: Lsn, until: Lsn) -> int:
        """How many transactions commit with a record that starts in [after, until). Raises Damaged."""
        count = 0
        for part in self._parts():
            if part.start >= until or (part.end is not None and part.end <= after):
                continue
            if part.summary is not None and part.end is not None and after <= part.start and part.end <= until:
                count += part.summary.commits
            else:
                records = self.reader.scan(part.stretch, max(part.start, after), part.end)
                count += sum(record.kind.commits and after <= record.start < until for record in records)
        return count

    def _last_before(
        self, stops: Callable[[TransactionEnd], bool], may_stop: Callable[[Summary], bool]
    ) -> TransactionEnd | None:
        last: TransactionEnd | None = None
        for part in self._parts():
            if part.summary is not None and not may_stop(part.summary):
                last = part.summary.last or last
                continue
            for record in self._records(part):
                if stops(record):
                    return last
                last = record
        return last

    def _parts(self) -> Iterator["_Part"]:
        """The chain in order, without a gap: what was summed up with its summary, the rest as stretches to be read."""
        for stretch, index in self._kept():
            index.extend()
            position = index.kept_from()
            for entry in index.entries():
                start, end = self._span(entry)
                if end <= position:
                    continue
                if start > position or (stretch.end is not None and end > stretch.end):
                    break
                whole = start == position or position == index.stretch.start
                yield _Part(stretch, position, end, entry if whole else None)
                position = end
            if stretch.end is None:
                yield _Part(stretch, position, None, None)
            elif position < stretch.end:
                yield _Part(stretch, position, stretch.end, index.remainder(position, stretch.end))

    def _kept(self) -> list[tuple[Stretch, WalIndex]]:
        """The chain from where it is without a gap: what lies before WAL that was let go of leads nowhere."""
        stretches: list[tuple[Stretch, WalIndex]] = []
        for stretch in self.chain:
            index = self.index_of(stretch)
            if index.kept_from() > stretch.start:
                stretches.clear()
            stretches.append((stretch, index))
        return stretches

    def _records(self, part: "_Part") -> list[TransactionEnd]:
        """Kept until another part is asked for: both neighbours of a moment mostly lie in one."""
        if part not in self._read:
            records = self.reader.scan(part.stretch, part.start, part.end)
            self._read.clear()
            self._read[part] = records
        return self._read[part]

    def _span(self, entry: SegmentEntry) -> tuple[Lsn, Lsn]:
        size = self.reader.segment_bytes
        return Lsn(entry.number * size), Lsn((entry.number + 1) * size)


@dataclass(frozen=True)
class _Part:
    """[start, end) of a stretch; `summary` is of exactly this part, or is None where it must be read."""

    stretch: Stretch
    start: Lsn
    end: Lsn | None
    summary: Summary | None
