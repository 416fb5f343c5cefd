"""How much happened when: transactions, WAL and changes of files in equal stretches of time, for a timeline."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns, to_ns
from nacre.core.errors import InvalidInput
from nacre.core.moments import AtTime, parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.timeline import Stretch
from nacre.engines.postgres.walindex import TALLY_US, tally
from nacre.history.lineage import Lineage
from nacre.history.positions import Positions
from nacre.history.wal import Wal

LONGEST = timedelta(days=366)
SHORTEST_BUCKET_S = TALLY_US // 1_000_000


class Bucket(Answer):
    """From `time` on, for as long as a bucket is. WAL is ascribed to the transactions that ended in it."""

    time: datetime
    transactions: int
    wal_bytes: int
    file_changes: int


class ActivityShown(Answer):
    """Buckets in which nothing happened are left out. `oldest` is the first moment that can still be reached."""

    ref: Ref
    oldest: datetime
    since: datetime
    until: datetime
    bucket_seconds: int
    buckets: list[Bucket]


@dataclass(frozen=True)
class Burst:
    """A piece of WAL: `tally` as WalIndex notes it, `wal_bytes` in all."""

    tally: list[list[int]]
    wal_bytes: int


class Activity:
    def __init__(
        self, catalog: Catalog, trees: Trees, lineage: Lineage, positions: Positions, wal: Wal, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._lineage = lineage
        self._positions = positions
        self._wal = wal
        self._clock = clock

    def show(self, ref: Ref, since: str | None, until: str | None, most_buckets: int) -> ActivityShown:
        """What happened from `since` (default: as far back as the branch can go) to `until` (default: now).

        Also what was undone since: the timeline tells what was, and each of its moments can be gone back to.
        """
        branch = self._catalog.running(ref)
        now = self._clock()
        tree = self._trees.tree(branch)
        oldest = max(self._positions.window_start(branch), from_ns(tree.window()))
        begin, end = self._time(since, oldest, now), self._time(until, now, now)
        if not begin < end or end - begin > LONGEST:
            raise InvalidInput(
                "bad-span", f"From {begin.isoformat()} to {end.isoformat()} is no span of time, or one beyond a year."
            )
        bucket_s = bucket_seconds((end - begin).total_seconds(), most_buckets)
        files = tree.counts(to_ns(begin), to_ns(end), bucket_s * 1_000_000_000)
        transactions: defaultdict[int, int] = defaultdict(int)
        wal: defaultdict[int, int] = defaultdict(int)
        for at_s, count, size_bytes in self._transactions(branch, begin, end):
            transactions[at_s // bucket_s] += count
            wal[at_s // bucket_s] += size_bytes
        return ActivityShown(
            ref=ref,
            oldest=oldest,
            since=begin,
            until=end,
            bucket_seconds=bucket_s,
            buckets=[
                Bucket(
                    time=from_ns(number * bucket_s * 1_000_000_000),
                    transactions=transactions[number],
                    wal_bytes=wal[number],
                    file_changes=files.get(number, 0),
                )
                for number in sorted(files.keys() | transactions.keys())
            ],
        )

    def _time(self, text: str | None, default: datetime, now: datetime) -> datetime:
        if text is None:
            return default
        moment = parse_moment(text, now)
        if not isinstance(moment, AtTime):
            raise InvalidInput("bad-moment", f"“{text:.100}” is no time.", hint="Write a time or an age, such as 2h.")
        return moment.time

    def _transactions(self, branch: Branch, begin: datetime, end: datetime) -> Iterable[tuple[int, int, int]]:
        """(seconds since 1970, commits, bytes of WAL), each generation for as long as it was live."""
        live = self._lineage.activations(branch.id)
        for one, following in zip(live, [*live[1:], None], strict=True):
            low = max(begin, one.since)
            high = min(end, following.since) if following else end
            if low < high:
                span = low.timestamp() // SHORTEST_BUCKET_S * SHORTEST_BUCKET_S, high.timestamp()
                yield from (each for each in spread(self._bursts(one.generation_id)) if span[0] <= each[0] <= span[1])

    def _bursts(self, generation_id: int) -> Iterable[Burst]:
        """What the index has noted of a generation's WAL, and the rest of it read."""
        generation = self._catalog.generation(generation_id)
        index = self._wal.index(generation)
        index.extend()
        position = index.kept_from()
        for entry in index.entries():
            start, end = (
                Lsn(entry.number * generation.segment_bytes),
                Lsn((entry.number + 1) * generation.segment_bytes),
            )
            noted = entry.tally or ([[entry.latest_us // TALLY_US, entry.commits]] if entry.latest_us else [])
            yield Burst(noted, (entry.last.end if entry.last else end) - max(start, generation.start_lsn or 0))
            position = Lsn(max(position, end))
        if generation.state == "purged":
            return
        stretch: Stretch = index.stretch
        records = self._wal.reader(generation).scan(stretch, position)
        if records:
            yield Burst(tally(records), records[-1].end - position)


def bucket_seconds(span_s: float, most: int) -> int:
    """The length of a bucket, in whole tens of seconds, so that at most `most` of them cover the span."""
    return max(SHORTEST_BUCKET_S, math.ceil(span_s / most / SHORTEST_BUCKET_S) * SHORTEST_BUCKET_S)


def spread(bursts: Iterable[Burst]) -> Iterable[tuple[int, int, int]]:
    """(seconds since 1970, commits, bytes of WAL): the WAL of a piece is shared out by its commits.

    A piece without any, in the midst of something large, counts with the piece in which that commits.
    """
    waiting = 0
    for burst in bursts:
        commits = sum(count for _, count in burst.tally)
        if not commits:
            waiting += burst.wal_bytes
            continue
        size_bytes, waiting = burst.wal_bytes + waiting, 0
        for at, count in burst.tally:
            yield at * SHORTEST_BUCKET_S, count, size_bytes * count // commits
