"""How many lines meet a query, by time and level: for a histogram. Where it asks for no words, blocks know already."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from nacre.engines.logs.columns import Broken
from nacre.engines.logs.line import LEVELS, Missing
from nacre.engines.logs.plan import Plan, Sieve
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Chunk, Reader, Trimmed

_SECOND_MS, _DAY_MS = 1_000, 86_400_000
_STEPS_MS = [
    _SECOND_MS * seconds
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
]


@dataclass(frozen=True)
class Counts:
    """`buckets` are the lines of each level (by its number) from `start_ms` on, in steps of `step_ms`.

    They are whole from `whole_from_ms` on: what is older was not all counted when time was up. None where all was.
    """

    start_ms: int
    step_ms: int
    buckets: Sequence[Sequence[int]]
    whole_from_ms: int | None
    missing: Sequence[tuple[str, Missing]]


def counts(
    readers: Mapping[str, Reader],
    query: Query,
    since_ms: int,
    until_ms: int,
    *,
    most: int = 120,
    within_s: float = 5.0,
) -> Counts:
    """In at most `most` buckets (and one more, since they begin at whole steps); newest first while there is time.

    Raises QueryRefused.
    """
    step_ms = _step_ms((until_ms - since_ms) / max(most, 1))
    start_ms = since_ms // step_ms * step_ms
    size = max(-(-(until_ms - start_ms) // step_ms), 0)
    buckets = [[0] * LEVELS for _ in range(size)]
    asked_from_ms = since_ms if query.since_ms is None else max(since_ms, query.since_ms)
    plan = Plan(replace(query, since_ms=asked_from_ms, until_ms=until_ms))
    counting = _Counting(plan, start_ms, step_ms, buckets)
    deadline = time.monotonic() + within_s
    with ExitStack() as stack:
        shelves = [(name, stack.enter_context(reader.snapshot(len(readers)))) for name, reader in readers.items()]
        missing = [(name, one) for name, shelf in shelves for one in shelf.missing()]
        chunks = [(chunk, name) for name, shelf in shelves for chunk in shelf.chunks]
        chunks.sort(key=lambda each: -each[0].greatest_ms)
        whole_from_ms = None
        for at, (chunk, name) in enumerate(chunks):
            if at and time.monotonic() > deadline:
                whole_from_ms = chunk.greatest_ms + 1
                break
            try:
                counting.add(chunk)
            except Trimmed:
                continue
            except Broken as error:
                missing.append((name, Missing(chunk.first, chunk.end, str(error))))
    return Counts(start_ms, step_ms, buckets, whole_from_ms, missing)


def _step_ms(least_ms: float) -> int:
    """The first usual step that is long enough; whole days where none is."""
    at = bisect_left(_STEPS_MS, least_ms)
    return _STEPS_MS[at] if at < len(_STEPS_MS) else -(-int(least_ms) // _DAY_MS) * _DAY_MS


class _Counting:
    def __init__(self, plan: Plan, start_ms: int, step_ms: int, buckets: list[list[int]]) -> None:
        self._plan, self._start_ms, self._step_ms, self._buckets = plan, start_ms, step_ms, buckets

    def add(self, chunk: Chunk) -> None:
        """Raises Broken, Trimmed."""
        if not self._plan.may_have(chunk):
            return
        for time_ms, level, count in self._counted(chunk):
            self._buckets[(time_ms - self._start_ms) // self._step_ms][level] += count

    def _counted(self, chunk: Chunk) -> Iterator[tuple[int, int, int]]:
        """Times, levels and counts of the lines of a chunk that meet the query."""
        if self._plan.query.conditions:
            columns = chunk.columns()
            sieve = Sieve(self._plan, chunk, columns)
            places = (at for at in sieve.candidates if sieve.meets(at))
            return ((columns.times[at], columns.levels[at], 1) for at in places)
        return self._of_all(chunk) if self._plan.all_in_time(chunk) else self._of_some(chunk)

    def _of_all(self, chunk: Chunk) -> Iterator[tuple[int, int, int]]:
        """By what the block says of itself, where that is fine enough."""
        least = self._plan.query.least
        if self._slot(chunk.least_ms) == self._slot(chunk.greatest_ms):
            return ((chunk.least_ms, level, chunk.levels[level]) for level in range(least, LEVELS))
        tally = chunk.tally()
        if tally is None or self._step_ms % tally.step_ms:
            return self._of_some(chunk)
        step_ms = tally.step_ms
        return ((slot * step_ms, level, count) for slot, level, count in tally.rows() if level >= least)

    def _of_some(self, chunk: Chunk) -> Iterator[tuple[int, int, int]]:
        columns = chunk.head()
        return (
            (columns.times[at], columns.levels[at], 1) for at in range(len(columns)) if self._plan.in_reach(columns, at)
        )

    def _slot(self, time_ms: int) -> int:
        return time_ms // self._step_ms
