"""Lines as bytes: a column of times, of levels and of lengths, then the texts one after the other.

What a column holds is little-endian, as it is in the memory of every machine this runs on.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from nacre.engines.logs.line import Entry, Level, Line

_COUNT = struct.Struct("<I")
_LEVELS = tuple(Level)


class Broken(ValueError):
    """What was read is not what was written; its text says what is wrong with it."""


class Columns:
    """Lines whose first is number `first`. Their texts lie in one run of bytes, with a line end after each."""

    def __init__(
        self, first: int, times: "array[int]", levels: bytes, lengths: "array[int]", texts: bytes | None
    ) -> None:
        self.first, self.times, self.levels, self.lengths = first, times, levels, lengths
        self._texts = texts

    def __len__(self) -> int:
        return len(self.times)

    @property
    def end(self) -> int:
        return self.first + len(self.times)

    @property
    def texts(self) -> bytes:
        assert self._texts is not None, "only the columns were read"
        return self._texts

    @cached_property
    def starts(self) -> list[int]:
        """Where each text begins in `texts`, and where the one after the last would."""
        return list(accumulate((length + 1 for length in self.lengths), initial=0))

    def text(self, at: int) -> bytes:
        start = self.starts[at]
        return self.texts[start : start + self.lengths[at]]

    def line(self, at: int) -> Line:
        return Line(self.first + at, self.times[at], _LEVELS[self.levels[at]], self.text(at))

    def lines(self) -> Iterator[Line]:
        return (self.line(at) for at in range(len(self)))

    def at(self, offset: int) -> int:
        """Which line the byte at `offset` of `texts` belongs to."""
        return bisect_right(self.starts, offset) - 1

    def head(self) -> bytes:
        """All but the texts; times as what each is later than the one before, which compresses better."""
        times = self.times
        since = array("q", times[:1])
        since.extend(map(int.__sub__, times[1:], times[:-1]))
        return b"".join((_COUNT.pack(len(times)), since.tobytes(), self.lengths.tobytes(), self.levels))

    def part(self, start: int, end: int) -> "Columns":
        """The lines from place `start` on and before place `end`."""
        texts = self.texts[self.starts[start] : self.starts[end]]
        return Columns(
            self.first + start, self.times[start:end], self.levels[start:end], self.lengths[start:end], texts
        )


def of_entries(first: int, entries: Sequence[Entry]) -> Columns:
    texts = [entry.text for entry in entries]
    joined = b"\n".join((*texts, b""))
    times = array("q", [entry.time_ms for entry in entries])
    return Columns(first, times, bytes(entry.level for entry in entries), array("I", map(len, texts)), joined)


def read_head(first: int, head: bytes | memoryview, texts: bytes | None) -> Columns:
    """What `head` gave, with the texts where these were read too. Raises Broken."""
    if len(head) < _COUNT.size:
        raise Broken("its columns are cut off")
    (count,) = _COUNT.unpack_from(head)
    if len(head) != head_bytes(count):
        raise Broken("its columns are cut off")
    since, lengths = array("q"), array("I")
    at = _COUNT.size
    since.frombytes(head[at : at + 8 * count])
    lengths.frombytes(head[at + 8 * count : at + 12 * count])
    levels = bytes(head[at + 12 * count :])
    if levels and max(levels) >= len(_LEVELS):
        raise Broken("it has levels that there are not")
    if texts is not None and sum(lengths) + count != len(texts):
        raise Broken("its texts are cut off")
    try:
        times = array("q", accumulate(since))
    except OverflowError as error:
        raise Broken("it has times that there are not") from error
    return Columns(first, times, levels, lengths, texts)


def head_bytes(count: int) -> int:
    return _COUNT.size + 13 * count


def joined(parts: Sequence[Columns]) -> Columns:
    """Columns that follow one another without a gap, as one."""
    if len(parts) == 1:
        return parts[0]
    times, lengths = array("q"), array("I")
    for part in parts:
        times.extend(part.times)
        lengths.extend(part.lengths)
    levels, texts = b"".join(part.levels for part in parts), b"".join(part.texts for part in parts)
    return Columns(parts[0].first if parts else 0, times, levels, lengths, texts)
