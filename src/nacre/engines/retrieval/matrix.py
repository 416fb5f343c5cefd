"""The vectors of one collection in memory, compared with a query at the speed at which memory is read.

Vectors lie in blocks of a few megabytes that never move: adding some copies none, and what a search reads stays as it
is while others are added. Loaded only once something is searched, since numpy takes a while and 20 MB.

Each search reads all blocks, with the help of cores that no other search uses, and begins where another one is just
reading: searches that run side by side then read memory once for all of them, since what the first has read is still in
the cache that they share (cooperative scans: Zukowski and others, 2007).
"""

import os
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nacre.engines.retrieval.signs import Signs

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Numbers = TypeVar("Numbers", Ids, Floats)

_BLOCK_BYTES = 16 << 20
_ROUNDING = 1e-5
"""How far a sum in 32 bits may be off, for vectors of length one: whatever comes this near is computed again in 64."""

_COARSE_FACTOR = 16
_COARSE_LEAST = 800
"""How many of a coarse search are compared exactly, for each that is wanted and in all."""

_TAKE_APART = 0.05
"""The share of vectors below which those that a filter leaves are gathered first, instead of reading all."""


@dataclass(frozen=True)
class Near:
    """`similarity`, in 64 bits, is the inner product: of vectors of length one, the cosine of their angle. Where
    distances are compared it is the distance with a minus, so that more is nearer."""

    id: int
    similarity: float


class _Cores:
    """Cores to read with, shared by all searches of the process: one is each search's own, the idle ones help."""

    def __init__(self) -> None:
        self._count = len(os.sched_getaffinity(0))
        self._searches = 0
        self._lock = threading.Lock()
        self._helpers = ThreadPoolExecutor(self._count, thread_name_prefix="scan")

    def work(self, part: Callable[[], None], parts: int) -> None:
        """Call `part`, which takes from a common store until it is empty, in this thread and in those that help."""
        with self._lock:
            self._searches += 1
            helping = min(self._count - self._searches, parts - 1)
        try:
            helpers = [self._helpers.submit(part) for _ in range(helping)]
            part()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        finally:
            with self._lock:
                self._searches -= 1


_CORES = _Cores()


class Matrix:
    """`nearest` may be called by any number of threads, also while one adds or removes.

    `metric` is what is compared: "l2" the distance, any other the inner product. Distances are in the order of
    |x|² / 2 - x·q, so they cost the same scan and one number more for each vector.
    """

    def __init__(self, dimension: int, metric: str = "dot") -> None:
        self.dimension = dimension
        self._halves: Floats | None = np.empty(0, np.float32) if metric == "l2" else None
        self._rows = max(64, _BLOCK_BYTES // (4 * dimension))
        self._blocks: list[Floats] = []
        self._ids: Ids = np.empty(0, np.int64)
        self._groups: Ids = np.empty(0, np.int64)
        self._signs = Signs(dimension)
        self._reading = 0
        self._longest = 0.0
        self._filled = 0
        self._dead = 0
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return self._filled - self._dead

    @property
    def wasteful(self) -> bool:
        """Whether so much of it was removed that it had better be made anew."""
        return self._dead * 10 > self._filled

    @property
    def size_bytes(self) -> int:
        """What its vectors and their numbers take."""
        halves = 0 if self._halves is None else self._halves.itemsize
        each = 4 * self.dimension + self._signs.bytes_each + self._ids.itemsize + self._groups.itemsize + halves
        return self._filled * each

    def add(self, ids: Sequence[int] | Ids, groups: Sequence[int] | Ids, vectors: Floats) -> None:
        """Add vectors, n × dimension. `groups` says what each belongs to: a filter lets pass or keeps whole groups."""
        with self._changing:
            first = self._filled
            self._make_room(first + len(vectors))
            self._ids[first : first + len(vectors)] = ids
            self._groups[first : first + len(vectors)] = groups
            self._signs.add(first, vectors)
            at = 0
            while at < len(vectors):
                number, offset = divmod(first + at, self._rows)
                part = vectors[at : at + self._rows - offset]
                self._blocks[number][offset : offset + len(part)] = part
                at += len(part)
            if len(vectors):
                squares = np.einsum("ij,ij->i", vectors, vectors)
                self._longest = max(self._longest, float(np.sqrt(squares.max())))
                if self._halves is not None:
                    self._halves[first : first + len(vectors)] = squares / 2
            self._filled = first + len(vectors)  # last of all: from now on they are seen

    def remove(self, groups: Collection[int]) -> None:
        """All vectors of these groups are found no more; their room is had back once it is made anew."""
        with self._changing:
            gone = np.isin(self._groups[: self._filled], list(groups)) & (self._ids[: self._filled] >= 0)
            self._ids[: self._filled][gone] = -1
            self._dead += int(gone.sum())

    def nearest(self, query: Floats, k: int, groups: Ids | None = None, *, coarse: bool = False) -> list[Near]:
        """The `k` most similar, the best first; of these `groups` alone where some are given.

        Exact, unless it is to be `coarse`: then only those are compared whose signs differ least from the query's.
        Signs tell angles and not distances, so these are always exact.
        """
        filled = self._filled
        if not filled or k < 1:
            return []
        living = self._ids[:filled] >= 0
        allowed = living if groups is None else living & np.isin(self._groups[:filled], groups)
        count = int(allowed.sum())
        if count == 0:
            return []
        if count < filled * _TAKE_APART:
            return self._best(query, np.flatnonzero(allowed), k)
        excluded = ~allowed if count < filled else None
        if coarse and self._halves is None:
            rows = self._alike(query, filled, min(k, count), excluded)
            scores = self._vectors(rows) @ query
            return self._best(query, rows[self._candidates(scores, min(k, len(rows)), query)], k)
        scores = self._scores(query, filled)
        if excluded is not None:
            scores[excluded] = -np.inf
        return self._best(query, self._candidates(scores, min(k, count), query), k)

    def similarities(self, query: Floats, ids: Sequence[int]) -> dict[int, float]:
        """That of each of these which is there."""
        rows = np.flatnonzero(np.isin(self._ids[: self._filled], ids))
        return {near.id: near.similarity for near in self._best(query, rows, len(rows))}

    def _scores(self, query: Floats, filled: int) -> Floats:
        scores, halves = np.empty(filled, np.float32), self._halves
        count = -(-filled // self._rows)
        begin, steps = self._reading, iter(range(count))

        def read() -> None:
            for step in steps:  # each is handed out once, whoever asks for the next
                number = self._reading = (begin + step) % count
                first = number * self._rows
                part = self._blocks[number][: filled - first]
                own = scores[first : first + len(part)]
                np.dot(part, query, out=own)
                if halves is not None:
                    own -= halves[first : first + len(part)]

        _CORES.work(read, count)
        return scores

    def _alike(self, query: Floats, filled: int, k: int, excluded: "NDArray[np.bool_] | None") -> "NDArray[np.intp]":
        """The rows whose signs differ least: some times as many as are wanted, a few more where many are alike."""
        differing = self._signs.differing(query, filled)
        if excluded is not None:
            differing[excluded] = np.iinfo(np.uint16).max
        wanted = max(_COARSE_LEAST, _COARSE_FACTOR * k)
        if wanted >= filled:
            return np.arange(filled)
        return np.flatnonzero(differing <= np.partition(differing, wanted)[wanted])[: 4 * wanted]

    def _candidates(self, scores: Floats, k: int, query: Floats) -> "NDArray[np.intp]":
        """The rows that may be among the best `k` once they are computed exactly."""
        last = np.partition(scores, len(scores) - k)[len(scores) - k]
        return np.flatnonzero(scores >= last - self._off_by(query))

    def _off_by(self, query: Floats) -> np.float32:
        longest, length = max(self._longest, 1e-30), float(np.linalg.norm(query))
        return np.float32(_ROUNDING * longest * (length if self._halves is None else length + longest))

    def _best(self, query: Floats, rows: "NDArray[np.intp]", k: int) -> list[Near]:
        """The best of these rows, computed in 64 bits; equals in the order of their ids."""
        exact = np.concatenate(
            [self._exactly(self._vectors(rows[at : at + 4096]), query) for at in range(0, len(rows), 4096)]
            or [np.empty(0)]
        )
        ids = self._ids[rows]
        order = np.lexsort((ids, -exact))
        found = [Near(int(ids[at]), float(exact[at])) for at in order if ids[at] >= 0]
        return found[:k]

    def _exactly(self, vectors: Floats, query: Floats) -> "NDArray[np.float64]":
        wide = vectors.astype(np.float64)
        return wide @ query if self._halves is None else -np.linalg.norm(wide - query, axis=1)

    def _vectors(self, rows: "NDArray[np.intp]") -> Floats:
        gathered = np.empty((len(rows), self.dimension), np.float32)
        blocks = rows // self._rows
        for number in np.unique(blocks):
            here = blocks == number
            gathered[here] = self._blocks[number][rows[here] % self._rows]
        return gathered

    def _make_room(self, filled: int) -> None:
        """Numbers are few bytes beside vectors, so they may move: searches keep the array that they began with."""
        while len(self._blocks) * self._rows < filled:
            self._blocks.append(np.empty((self._rows, self.dimension), np.float32))
        if filled > len(self._ids):
            room = max(filled, len(self._ids) * 5 // 4, 1024)
            self._ids = _longer(self._ids, room)
            self._groups = _longer(self._groups, room)
            if self._halves is not None:
                self._halves = _longer(self._halves, room)


def _longer(numbers: Numbers, room: int) -> Numbers:
    longer = np.empty(room, numbers.dtype)
    longer[: len(numbers)] = numbers
    return longer
