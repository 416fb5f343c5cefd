"""Ends of transactions, as the WAL records them: the only positions at which time travel can stop."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from nacre.engines.postgres.lsn import Lsn, record_end

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECORD = re.compile(
    r"rmgr: Transaction\s+len \(rec/tot\):\s*\d+/\s*(?P<length>\d+), tx:\s*(?P<xid>\d+), "
    r"lsn: (?P<high>[0-9A-F]+)/(?P<low>[0-9A-F]+), prev [0-9A-F]+/[0-9A-F]+, "
    r"desc: (?P<kind>COMMIT|ABORT|PREPARE|COMMIT_PREPARED|ABORT_PREPARED) (?P<rest>.*)",
    re.DOTALL,
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,6}))? UTC")


class End(StrEnum):
    """How a transaction record ends, or half ends, a transaction."""

    COMMIT = "COMMIT"
    ABORT = "ABORT"
    PREPARE = "PREPARE"
    COMMIT_PREPARED = "COMMIT_PREPARED"
    ABORT_PREPARED = "ABORT_PREPARED"

    @property
    def commits(self) -> bool:
        return self in (End.COMMIT, End.COMMIT_PREPARED)


@dataclass(frozen=True, slots=True)
class TransactionEnd:
    """One record: it starts at `start`; replay that includes it ends at `end`. `time_us` counts from 1970 in UTC."""

    timeline: int
    start: Lsn
    end: Lsn
    kind: End
    time_us: int
    xid: int

    @property
    def time(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.time_us)


_ENDS = {end.value: end for end in End}


def microseconds(time: datetime) -> int:
    """Whole microseconds since 1970, PostgreSQL's resolution; exact, unlike datetime.timestamp()."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def parse_waldump(lines: Iterable[str], timeline: int, segment_bytes: int) -> Iterator[TransactionEnd]:
    """Records out of what `pg_waldump --rmgr=Transaction` prints with TZ=UTC; other transaction records are skipped."""
    for text in _records(lines):
        match = _RECORD.match(text)
        if match is None:
            continue
        length, xid, high, low, kind, rest = match.groups()
        time_us = _first_time(kind, rest)
        if time_us is None:
            continue
        start = Lsn(int(high, 16) << 32 | int(low, 16))
        yield TransactionEnd(
            timeline, start, record_end(start, int(length), segment_bytes), _ENDS[kind], time_us, int(xid)
        )


def _records(lines: Iterable[str]) -> Iterator[str]:
    """Join what belongs together: a prepared transaction's name may hold line breaks."""
    held: list[str] = []
    for line in lines:
        if line.startswith("rmgr: ") and held:
            yield "".join(held)
            held.clear()
        held.append(line)
    if held:
        yield "".join(held)


def _first_time(kind: str, rest: str) -> int | None:
    # PREPARE prints `gid <name>: <time>`, and the name, chosen by a person, may look like a time itself.
    found = _TIME.search(rest) if kind != "PREPARE" else next(reversed([*_TIME.finditer(rest)]), None)
    if found is None:
        return None
    second, fraction = found.groups()
    return _second_us(second) + int((fraction or "").ljust(6, "0"))


@lru_cache(maxsize=64)
def _second_us(printed: str) -> int:
    """Remembered, because thousands of transactions in a row end in the same second."""
    return microseconds(datetime.fromisoformat(printed).replace(tzinfo=UTC))
