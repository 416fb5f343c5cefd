"""The signs of vectors, one bit a number: a thirty-second of their size, and enough to tell which are worth a look.

The angle of two vectors shows in how many of their signs differ (Charikar, 2002). Bits lie word by word, so that one
word of all vectors of a block is compared at once.
"""

import numpy as np
from numpy.typing import NDArray

from nacre.engines.retrieval.scan import CORES

_ROWS = 16_384
"""Of a block: large enough for numpy's own work to matter little, small enough for the processor's cache."""

_WORDS = 3
"""Compared at once: they differ in 192 bits at most, which one byte counts."""

Words = NDArray[np.uint64]


class Signs:
    """`differing` may be called while one adds."""

    def __init__(self, dimension: int) -> None:
        self._words = -(-dimension // 64)
        self._blocks: list[Words] = []

    @property
    def bytes_each(self) -> int:
        return 8 * self._words

    def add(self, first: int, vectors: NDArray[np.float32]) -> None:
        """Those of vectors, n × dimension, which are the rows from `first` on."""
        words = self._packed(vectors)
        at = 0
        while at < len(words):
            number, offset = divmod(first + at, _ROWS)
            if number == len(self._blocks):
                self._blocks.append(np.empty((self._words, _ROWS), np.uint64))
            part = words[at : at + _ROWS - offset]
            self._blocks[number][:, offset : offset + len(part)] = part.T
            at += len(part)

    def differing(self, query: NDArray[np.float32], rows: int) -> NDArray[np.uint16]:
        """In how many signs each of the first `rows` vectors differs from the query."""
        sought = self._packed(query[np.newaxis])[0][:, np.newaxis]
        counts = np.zeros(rows, np.uint16)
        blocks = iter(range(-(-rows // _ROWS)))

        def count() -> None:
            differ, ones = np.empty((_WORDS, _ROWS), np.uint64), np.empty((_WORDS, _ROWS), np.uint8)
            some = np.empty(_ROWS, np.uint8)
            for number in blocks:  # each is handed out once, whoever asks for the next
                whole = counts[number * _ROWS : (number + 1) * _ROWS]
                for at in range(0, self._words, _WORDS):
                    words = self._blocks[number][at : at + _WORDS]
                    size = len(words)
                    np.bitwise_xor(words, sought[at : at + _WORDS], out=differ[:size])
                    np.bitwise_count(differ[:size], out=ones[:size])
                    np.add.reduce(ones[:size], axis=0, dtype=np.uint8, out=some)
                    np.add(whole, some[: len(whole)], out=whole)

        CORES.share(count, -(-rows // _ROWS))
        return counts

    def _packed(self, vectors: NDArray[np.float32]) -> Words:
        bits = np.zeros((len(vectors), self._words * 8), np.uint8)
        packed = np.packbits(vectors > 0, axis=1)
        bits[:, : packed.shape[1]] = packed
        return bits.view(np.uint64)
