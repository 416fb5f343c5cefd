"""The vectors of one collection in memory, compared with a query at the speed at which memory is read.

Vectors lie in blocks of a few megabytes that never move: adding some copies none, and what a search reads stays as it
is while others are added. Loaded only once something is searched, since numpy takes a while and 20 MB.

Each search reads all of them, together with the others that run at the time (scan.py).
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nacre.engines.retrieval.scan import Floats, Scan
from nacre.engines.retrieval.signs import Signs

Ids = NDArray[np.int64]
Numbers = TypeVar("Numbers", Ids, Floats, NDArray[np.bool_])

_BLOCK_BYTES = 32 << 20
_TILE_BYTES = 512 << 10
"""What a core's own cache (the second level: 1 MB and more) holds beside other things."""

_ROUNDING = 1e-5
"""How far a sum in 32 bits may be off, for vectors of length one: whatever comes this near is computed again in 64."""

_COARSE_FACTOR = 16
_COARSE_LEAST = 1600
"""How many of a coarse search are compared exactly, for each that is wanted and in all."""

_TAKE_APART = 0.05
"""The share of vectors below which those that a filter leaves are gathered first, instead of reading all."""


@dataclass(frozen=True)
class Near:
    """`similarity`, in 64 bits, is the inner product: of vectors of length one, the cosine of their angle. Where
    distances are compared it is the distance with a minus, so that more is nearer."""

    id: int
    similarity: float


class Matrix:
    """`nearest` may be called by any number of threads, also while one adds or removes.

    `metric` is what is compared: "l2" the distance, any other the inner product. Distances are in the order of
    |x|² / 2 - x·q, so they cost the same scan and one number more for each vector.
    """

    def __init__(self, dimension: int, metric: str = "dot") -> None:
        self.dimension = dimension
        self._halves: Floats | None = np.empty(0, np.float32) if metric == "l2" else None
        tile_rows = max(1, _TILE_BYTES // (4 * dimension))
        self._rows = max(1, _BLOCK_BYTES // (4 * dimension * tile_rows)) * tile_rows
        self._blocks: list[Floats] = []
        self._scan = Scan(self._blocks, tile_rows)
        self._ids: Ids = np.empty(0, np.int64)
        self._groups: Ids = np.empty(0, np.int64)
        self._living: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._signs = Signs(dimension)
        self._longest = 0.0
        self._filled = 0
        self._dead = 0
        self._changing = threading.Lock()
        self._seeing = threading.Lock()

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
        each = self._ids.itemsize + self._groups.itemsize + self._living.itemsize + halves
        return self._filled * (4 * self.dimension + self._signs.bytes_each + each)

    def add(self, ids: Sequence[int] | Ids, groups: Sequence[int] | Ids, vectors: Floats) -> None:
        """Add vectors, n × dimension. `groups` says what each belongs to: a filter lets pass or keeps whole groups."""
        self.change((), ids, groups, vectors)

    def remove(self, groups: Collection[int]) -> None:
        """All vectors of these groups are found no more; their room is had back once it is made anew."""
        self.change(groups, (), (), np.empty((0, self.dimension), np.float32))

    def change(
        self, gone: Collection[int], ids: Sequence[int] | Ids, groups: Sequence[int] | Ids, vectors: Floats
    ) -> None:
        """Remove the groups that are gone and add vectors: a search sees both or neither."""
        with self._changing:
            first, last = self._filled, self._filled + len(vectors)
            self._write(ids, groups, vectors)
            dead = self._living[:first] & np.isin(self._groups[:first], list(gone)) if gone else None
            with self._seeing:
                if dead is not None:
                    self._living[:first][dead] = False
                    self._dead += int(np.count_nonzero(dead))
                self._living[first:last] = True
                self._filled = last

    def _write(self, ids: Sequence[int] | Ids, groups: Sequence[int] | Ids, vectors: Floats) -> None:
        """After all that is seen."""
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

    def _seen(self) -> "NDArray[np.bool_]":
        """Which rows are there, of all that are seen now."""
        with self._seeing:
            return self._living[: self._filled].copy()

    def nearest(self, query: Floats, k: int, groups: Ids | None = None, *, coarse: bool = False) -> list[Near]:
        """The `k` most similar, the best first; of these `groups` alone where some are given.

        Exact, unless it is to be `coarse`: then only those are compared whose signs differ least from the query's.
        Signs tell angles and not distances, so these are always exact.
        """
        allowed = self._seen()
        filled = len(allowed)
        if groups is not None:
            allowed &= np.isin(self._groups[:filled], groups)
        count = int(np.count_nonzero(allowed))
        if count == 0 or k < 1:
            return []
        if count < filled * _TAKE_APART:
            return self._best(query, np.flatnonzero(allowed), k)
        excluded = ~allowed if count < filled else None
        if coarse and self._halves is None:
            rows = self._alike(query, filled, min(k, count), excluded)
            scores = self._vectors(rows) @ query
            return self._best(query, rows[self._candidates(scores, min(k, len(rows)), query)], k)
        with self._scan.scores(query, filled) as scores:
            if self._halves is not None:
                scores -= self._halves[:filled]
            if excluded is not None:
                scores[excluded] = -np.inf
            return self._best(query, self._candidates(scores, min(k, count), query), k)

    def similarities(self, query: Floats, ids: Sequence[int]) -> dict[int, float]:
        """That of each of these which is there."""
        living = self._seen()
        rows = np.flatnonzero(living & np.isin(self._ids[: len(living)], ids))
        return {near.id: near.similarity for near in self._best(query, rows, len(rows))}

    def _alike(self, query: Floats, filled: int, k: int, excluded: "NDArray[np.bool_] | None") -> "NDArray[np.intp]":
        """The rows whose signs differ least: some times as many as are wanted, a few more where many are alike."""
        differing = self._signs.differing(query, filled)
        if excluded is not None:
            differing[excluded] = np.iinfo(np.uint16).max
        wanted = max(_COARSE_LEAST, _COARSE_FACTOR * k)
        alike = np.ones(filled, np.bool_) if wanted >= filled else differing <= np.partition(differing, wanted)[wanted]
        if excluded is not None:
            alike &= ~excluded  # where fewer are left than are compared, they too are among those that differ least
        return np.flatnonzero(alike)[: 4 * wanted]

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
        order = np.lexsort((ids, -exact))[:k]
        return [
            Near(id_, similarity) for id_, similarity in zip(ids[order].tolist(), exact[order].tolist(), strict=True)
        ]

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
            # Zeros, since a tile is read to its end; pages that hold nothing yet take no memory.
            self._blocks.append(np.zeros((self._rows, self.dimension), np.float32))
        if filled > len(self._ids):
            room = max(filled, len(self._ids) * 5 // 4, 1024)
            self._ids = _longer(self._ids, room)
            self._groups = _longer(self._groups, room)
            self._living = _longer(self._living, room)
            if self._halves is not None:
                self._halves = _longer(self._halves, room)


def _longer(numbers: Numbers, room: int) -> Numbers:
    longer = np.empty(room, numbers.dtype)
    longer[: len(numbers)] = numbers
    return longer
