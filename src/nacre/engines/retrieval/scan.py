"""Reads all blocks of a matrix for each query, once for all queries that are there at the time.

A query joins the scan that is just under way, at the block that comes next, and leaves when it has met all blocks
(cooperative scans: Zukowski and others, 2007). A block is multiplied tile by tile, each tile with all queries while it
is in the core's own cache: reading memory is what takes the time. The idle cores of the machine help. All of a block is
one call of numpy, in which no other thread is held up, nor waited for.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class _Cores:
    """Of the machine, shared by all scans of the process; whoever holds `lock` may count those that use them."""

    def __init__(self) -> None:
        self.count = len(os.sched_getaffinity(0))
        self.searches = 0
        self.helpers = 0
        self.lock = threading.Lock()
        # No more than `count` work at once, but for one of each matrix that is searched.
        self.pool = ThreadPoolExecutor(64, thread_name_prefix="scan")

    @property
    def idle(self) -> int:
        return self.count - self.searches - self.helpers

    def share(self, part: Callable[[], None], parts: int) -> None:
        """Call `part`, which takes from a common store until it is empty, in this thread and on idle cores."""
        with self.lock:
            self.searches += 1
            helping = max(0, min(self.idle, parts - 1))
            self.helpers += helping
        try:
            helpers = [self.pool.submit(part) for _ in range(helping)]
            part()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        finally:
            with self.lock:
                self.searches -= 1
                self.helpers -= helping


CORES = _Cores()


@dataclass(eq=False)
class _Sought:
    """A query on its way through the blocks: bits of those that nobody reads yet, and how many are being read."""

    query: Floats
    scores: Floats
    open: int
    reading: int = 0
    fault: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Scan:
    """Of one matrix, by any number of threads. `blocks` may grow; each has the same number of rows, whole tiles."""

    def __init__(self, blocks: Sequence[Floats], tile_rows: int) -> None:
        self._blocks = blocks
        self._tile_rows = tile_rows
        self._sought: list[_Sought] = []
        self._next = 0
        self._readers = 0

    @contextmanager
    def scores(self, query: Floats, rows: int) -> Iterator[Floats]:
        """The products of the first `rows` vectors with the query, in 32 bits.

        The block is what the search does with them: its core is taken until then.
        """
        sought = _Sought(query, np.empty(rows, np.float32), (1 << -(-rows // len(self._blocks[0]))) - 1)
        with CORES.lock:
            self._sought.append(sought)
            reads = self._readers == 0 or CORES.searches < CORES.count
            CORES.searches += reads
            self._readers += reads
            self._call_helpers()
        try:
            if reads:
                self._read(sought)
            sought.done.wait()
            if sought.fault is not None:
                raise sought.fault
            yield sought.scores
        finally:
            with CORES.lock:
                CORES.searches -= reads
                self._call_helpers()

    def _read(self, own: _Sought | None) -> None:
        """Until all blocks for this query are taken; a helper, until all for any query are, or its core is needed."""
        while (taken := self._take_block(own)) is not None:
            number, those = taken
            fault = None
            try:
                self._multiply(number, those)
            except Exception as error:
                fault = error
            self._return_block(those, fault)

    def _take_block(self, own: _Sought | None) -> tuple[int, list[_Sought]] | None:
        """None: this reader leaves, and another one is called where it was the last."""
        with CORES.lock:
            wanted = 0
            if own.open if own else CORES.idle >= 0 or self._readers == 1:
                for each in self._sought:
                    wanted |= each.open
            if not wanted:
                self._readers -= 1
                CORES.helpers -= own is None
                if self._readers == 0:
                    self._call_helpers()
                return None
            ahead = wanted >> self._next << self._next or wanted
            bit = ahead & -ahead
            those = [each for each in self._sought if each.open & bit]
            for each in those:
                each.open ^= bit
                each.reading += 1
            number = bit.bit_length() - 1
            self._next = number + 1
            return number, those

    def _return_block(self, those: list[_Sought], fault: Exception | None) -> None:
        with CORES.lock:
            for each in those:
                each.reading -= 1
                if fault is not None:
                    each.fault, each.open = fault, 0
                if not each.open and not each.reading:
                    self._sought.remove(each)
                    each.done.set()

    def _multiply(self, number: int, those: list[_Sought]) -> None:
        block, first = self._blocks[number], number * len(self._blocks[number])
        parts = [each.scores[first : first + len(block)] for each in those]
        if len(those) == 1:
            np.dot(block[: len(parts[0])], those[0].query, out=parts[0])
            return
        count = -(-max(len(part) for part in parts) // self._tile_rows)
        tiles = block[: count * self._tile_rows].reshape(count, 1, self._tile_rows, -1)
        queries = np.stack([each.query for each in those])[np.newaxis, :, :, np.newaxis]
        # The order of its axes makes numpy go from tile to tile, and not from query to query.
        products = np.empty((count, len(those), self._tile_rows, 1), np.float32)
        np.matmul(tiles, queries, out=products)
        for at, part in enumerate(parts):
            part[:] = products[:, at].reshape(-1)[: len(part)]

    def _call_helpers(self) -> None:
        """With the lock held: as many as there are idle cores and blocks for, one at least where nobody reads."""
        blocks = max((each.open.bit_count() for each in self._sought), default=0)
        while self._readers < blocks and (self._readers == 0 or CORES.idle > 0):
            self._readers += 1
            CORES.helpers += 1
            CORES.pool.submit(self._read, None)
