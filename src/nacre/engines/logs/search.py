"""Lines of one or several shelves that meet a query: newest first by `search`, as they come by `follow`.

Of all shelves, what may hold the next line by time is looked at first, and only when a line is still wanted. Within a
shelf lines come by their numbers, also where their times go backwards. Of each shelf some lines are held and no block:
with hundreds of shelves, these would be much.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from nacre.engines.logs.columns import Broken, Columns
from nacre.engines.logs.line import Line, Missing
from nacre.engines.logs.plan import Plan, Sieve
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Chunk, Reader, Snapshot, Trimmed


class Hit(NamedTuple):
    shelf: str
    line: Line


@dataclass(frozen=True)
class Found:
    """`reached` is where each shelf was left: a search goes on with it as `before`, following as `after`.

    `finished` says that all was looked at: there are no more lines (yet). Otherwise enough were found, or time was up.
    `missing` are lines in what was looked at that cannot be read.
    """

    hits: Sequence[Hit]
    reached: Mapping[str, int]
    finished: bool
    missing: Sequence[tuple[str, Missing]]


def search(
    readers: Mapping[str, Reader],
    query: Query,
    *,
    before: Mapping[str, int] | None = None,
    most: int = 200,
    within_s: float = 5.0,
) -> Found:
    """Newest first, of each shelf the lines before number `before[shelf]` (all where it says nothing).

    When time is up, what was found is given. Raises QueryRefused.
    """
    plan = Plan(query)
    with ExitStack() as stack:
        walks = [
            _Back(name, stack.enter_context(reader.snapshot(len(readers))), plan, most, (before or {}).get(name))
            for name, reader in readers.items()
        ]
        return _found(walks, most, time.monotonic() + within_s)


def follow(
    readers: Mapping[str, Reader],
    query: Query,
    *,
    after: Mapping[str, int],
    most: int = 1000,
    within_s: float = 5.0,
) -> Found:
    """Oldest first, of each shelf the lines from number `after[shelf]` on (all where it says nothing).

    To begin at the end, give what `ends` says. Shelves to which nothing was added are not read. Raises QueryRefused.
    """
    plan = Plan(query)
    still = {name: after[name] for name, reader in readers.items() if reader.ends_still_at(after.get(name, 0))}
    with ExitStack() as stack:
        walks = [
            _Forth(name, stack.enter_context(reader.snapshot(len(readers))), plan, most, after.get(name))
            for name, reader in readers.items()
            if name not in still
        ]
        found = _found(walks, most, time.monotonic() + within_s)
    return replace(found, reached={**still, **found.reached})


def ends(readers: Mapping[str, Reader]) -> dict[str, int]:
    """The number that the next line of each shelf will have."""
    found = {}
    for name, reader in readers.items():
        with reader.snapshot() as snapshot:
            found[name] = snapshot.end
    return found


def around(reader: Reader, number: int, before: int = 10, after: int = 10) -> list[Line]:
    """The line of that number with its neighbours; what is gone of these is left out."""
    with reader.snapshot() as snapshot:
        return Neighbours(snapshot).around(number, before, after)


class Neighbours:
    """Of many lines of a shelf as it was at one moment: what was read for one is kept for the next."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._read: tuple[Chunk, Columns] | None = None

    def around(self, number: int, before: int, after: int) -> list[Line]:
        """As `around` of one."""
        first, end = number - before, number + after + 1
        lines: list[Line] = []
        for chunk in self._snapshot.chunks:
            if chunk.first < end and chunk.end > first:
                try:
                    columns = self._columns(chunk)
                except (Broken, Trimmed):
                    continue
                start = max(first - columns.first, 0)
                lines += [columns.line(at) for at in range(start, min(end - columns.first, len(columns)))]
        return lines

    def _columns(self, chunk: Chunk) -> Columns:
        if self._read is None or self._read[0] is not chunk:
            self._read = chunk, chunk.columns()
        return self._read[1]


def _found(walks: "Sequence[_Walk]", most: int, deadline: float) -> Found:
    hits: list[Hit] = []
    began = [walk.reached for walk in walks]
    heap = [(walk.next_ms, at) for at, walk in enumerate(walks) if walk.prepare(deadline)]
    heapify(heap)
    while heap and len(hits) < most:
        # Something was got through, so that who goes on from there comes to an end.
        if time.monotonic() > deadline and (hits or began != [walk.reached for walk in walks]):
            break
        _, at = heappop(heap)
        walk = walks[at]
        hit = walk.step()
        if hit is not None:
            hits.append(hit)
        if walk.prepare(deadline):
            heappush(heap, (walk.next_ms, at))
    return Found(
        hits,
        {walk.name: walk.reached for walk in walks},
        all(walk.finished for walk in walks),
        [(walk.name, one) for walk in walks for one in walk.missing()],
    )


_HELD_BYTES = 256 << 10


class _Walk(ABC):
    """Through the chunks of a shelf, a step at a time: read the next that may have something, or give a line of it."""

    def __init__(self, name: str, snapshot: Snapshot, plan: Plan, most: int, start: int) -> None:
        self.name, self.reached = name, start
        self.finished = False
        self._snapshot, self._plan, self._most = snapshot, plan, max(most, 1)
        self._start = start
        self._chunks = iter(self._ordered(snapshot.chunks))
        self._chunk: Chunk | None = None
        self._held: deque[Line] = deque()
        self._more = False
        self._broken: list[Missing] = []

    @property
    def next_ms(self) -> int:
        """Where in time, by order of the walk, the next step is: nothing that it gives later comes before."""
        assert self._chunk is not None
        return self._when_line(self._held[0]) if self._held else self._when(self._chunk)

    def prepare(self, deadline: float) -> bool:
        """Find the next step; False where there is none, or time is up."""
        if self._chunk is not None:
            return True
        for chunk in self._chunks:
            if self._plan.may_have(chunk):
                self._chunk = chunk
                return True
            self.reached = self._behind(chunk)
            if time.monotonic() > deadline:
                return False
        self.finished = True
        self.reached = self._last()
        return False

    def step(self) -> Hit | None:
        assert self._chunk is not None
        found = None
        if self._held:
            line = self._held.popleft()
            found = Hit(self.name, line)
            self.reached = self._behind_line(line)
        else:
            self._hold(self._chunk)
        if not self._held and not self._more:
            self.reached = self._behind(self._chunk)
            self._chunk = None
        return found

    def _hold(self, chunk: Chunk) -> None:
        """The next lines of a chunk that meet the query: some of them, and whether there may be more."""
        size, self._more = 0, False
        for line in self._matching(chunk):
            self._held.append(line)
            size += len(line.text)
            if len(self._held) == self._most or size > _HELD_BYTES:
                self._more = True
                return

    def missing(self) -> list[Missing]:
        """What cannot be read of what was walked through."""
        return [one for one in (*self._snapshot.missing(), *self._broken) if self._passed(one)]

    def _matching(self, chunk: Chunk) -> Iterator[Line]:
        try:
            columns = chunk.columns()
        except Trimmed:
            return
        except Broken as error:
            self._broken.append(Missing(chunk.first, chunk.end, str(error)))
            return
        sieve = Sieve(self._plan, chunk, columns)
        yield from (columns.line(at) for at in self._in_order(columns, sieve.candidates) if sieve.meets(at))

    @abstractmethod
    def _ordered(self, chunks: Sequence[Chunk]) -> Iterator[Chunk]: ...

    @abstractmethod
    def _in_order(self, columns: Columns, candidates: Sequence[int]) -> Iterator[int]: ...

    @abstractmethod
    def _when(self, chunk: Chunk) -> int: ...

    @abstractmethod
    def _when_line(self, line: Line) -> int: ...

    @abstractmethod
    def _behind(self, chunk: Chunk) -> int: ...

    @abstractmethod
    def _behind_line(self, line: Line) -> int: ...

    @abstractmethod
    def _last(self) -> int: ...

    @abstractmethod
    def _passed(self, missing: Missing) -> bool: ...


class _Back(_Walk):
    """From the lines before `before` on, towards older ones."""

    def __init__(self, name: str, snapshot: Snapshot, plan: Plan, most: int, before: int | None) -> None:
        super().__init__(name, snapshot, plan, most, snapshot.end if before is None else before)

    def _ordered(self, chunks: Sequence[Chunk]) -> Iterator[Chunk]:
        return (chunk for chunk in reversed(chunks) if chunk.first < self._start)

    def _in_order(self, columns: Columns, candidates: Sequence[int]) -> Iterator[int]:
        return (at for at in reversed(candidates) if columns.first + at < self.reached)

    def _when(self, chunk: Chunk) -> int:
        return -chunk.greatest_ms

    def _when_line(self, line: Line) -> int:
        return -line.time_ms

    def _behind(self, chunk: Chunk) -> int:
        return chunk.first

    def _behind_line(self, line: Line) -> int:
        return line.number

    def _last(self) -> int:
        return min(self.reached, self._snapshot.first)

    def _passed(self, missing: Missing) -> bool:
        return self.reached <= missing.first < self._start


class _Forth(_Walk):
    """From line `after` on, towards newer ones."""

    def __init__(self, name: str, snapshot: Snapshot, plan: Plan, most: int, after: int | None) -> None:
        super().__init__(name, snapshot, plan, most, snapshot.first if after is None else after)

    def _ordered(self, chunks: Sequence[Chunk]) -> Iterator[Chunk]:
        return (chunk for chunk in chunks if chunk.end > self._start)

    def _in_order(self, columns: Columns, candidates: Sequence[int]) -> Iterator[int]:
        return (at for at in candidates if columns.first + at >= self.reached)

    def _when(self, chunk: Chunk) -> int:
        return chunk.least_ms

    def _when_line(self, line: Line) -> int:
        return line.time_ms

    def _behind(self, chunk: Chunk) -> int:
        return chunk.end

    def _behind_line(self, line: Line) -> int:
        return line.number + 1

    def _last(self) -> int:
        return max(self.reached, self._snapshot.end)

    def _passed(self, missing: Missing) -> bool:
        return self._start <= missing.first < self.reached
