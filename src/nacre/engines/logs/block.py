"""A sealed block of lines as bytes: what is in it in short, a filter of its words, its counts, its lines packed."""

import struct
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import zstandard

from nacre.engines.logs.bloom import bloom
from nacre.engines.logs.columns import Broken, Columns, head_bytes
from nacre.engines.logs.folding import folded
from nacre.engines.logs.line import LEVELS, Place
from nacre.engines.logs.names import MARKER_BYTES
from nacre.engines.logs.words import words

_HEADER = struct.Struct(f"<8sIQIqqQQ{LEVELS}IIIIIIIII")
_CHECKED = MARKER_BYTES + 4
HEADER_BYTES = _HEADER.size
_ZSTD_LEVEL = 3
_FINE_MS, _COARSE_MS = 1_000, 60_000
_FINE_SPAN_MS = 120_000
_MOST_RAW_BYTES = 1 << 30
"""What a block may claim to be: more is no block that was written here."""


class Block(NamedTuple):
    """What the header of a block says, and where in its file it lies (`offset`).

    `place` is where the source had been read to after its last line, where that is known.
    """

    offset: int
    first: int
    lines: int
    least_ms: int
    greatest_ms: int
    place: Place | None
    levels: tuple[int, ...]
    filter_bytes: int
    tally_bytes: int
    head_bytes: int
    texts_bytes: int
    texts_raw_bytes: int
    filter_sum: int
    head_sum: int
    texts_sum: int

    @property
    def end(self) -> int:
        return self.first + self.lines

    @property
    def filter_at(self) -> int:
        return self.offset + HEADER_BYTES

    @property
    def tally_at(self) -> int:
        return self.filter_at + self.filter_bytes

    @property
    def head_at(self) -> int:
        return self.tally_at + self.tally_bytes

    @property
    def texts_at(self) -> int:
        return self.head_at + self.head_bytes

    @property
    def end_offset(self) -> int:
        return self.texts_at + self.texts_bytes


def sealed(marker: bytes, columns: Columns, place: Place | None) -> bytes:
    """A block of these lines, of which there is at least one."""
    filter_ = bloom(words(folded(columns.texts)))
    tally = _tallied(columns)
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    head, texts = compressor.compress(columns.head()), compressor.compress(columns.texts)
    levels = Counter(columns.levels)
    header = _HEADER.pack(
        marker,
        0,
        columns.first,
        len(columns),
        min(columns.times),
        max(columns.times),
        *(place or (0, 0)),
        *(levels[level] for level in range(LEVELS)),
        len(filter_),
        len(tally),
        len(head),
        len(texts),
        len(columns.texts),
        crc32(tally, crc32(filter_)),
        crc32(head),
        crc32(texts),
    )[_CHECKED:]
    return b"".join((marker, crc32(header).to_bytes(4, "little"), header, filter_, tally, head, texts))


def read_header(marker: bytes, header: bytes, offset: int) -> Block:
    """Raises Broken."""
    if len(header) < HEADER_BYTES:
        raise Broken("it is cut off")
    found, checksum, *values = _HEADER.unpack_from(header)
    if found != marker or checksum != crc32(header[_CHECKED:HEADER_BYTES]):
        raise Broken("its header is not what was written")
    first, count, least_ms, greatest_ms, inode, place_offset, *rest = values
    place = Place(inode, place_offset) if inode else None
    return Block(offset, first, count, least_ms, greatest_ms, place, tuple(rest[:LEVELS]), *rest[LEVELS:])


def unpacked_head(block: Block, packed: bytes) -> bytes:
    """The columns of a block, checked. Raises Broken."""
    return _unpacked(packed, block.head_sum, head_bytes(block.lines))


def unpacked_texts(block: Block, packed: bytes) -> bytes:
    """The texts of a block, checked. Raises Broken."""
    return _unpacked(packed, block.texts_sum, block.texts_raw_bytes)


def _unpacked(packed: bytes, checksum: int, size: int) -> bytes:
    if crc32(packed) != checksum:
        raise Broken("its checksum is wrong")
    if size > _MOST_RAW_BYTES:
        raise Broken("it says that it is larger than any is")
    try:
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise Broken("it does not decompress") from error


class Tally(NamedTuple):
    """How many lines of which level there are in each step of `step_ms`; `slots` are times divided by it."""

    step_ms: int
    slots: "array[int]"
    levels: bytes
    counts: "array[int]"

    def rows(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.slots, self.levels, self.counts, strict=True)


def _tallied(columns: Columns) -> bytes:
    step_ms = _FINE_MS if max(columns.times) - min(columns.times) <= _FINE_SPAN_MS else _COARSE_MS
    counted = sorted(Counter(zip((time // step_ms for time in columns.times), columns.levels, strict=True)).items())
    slots = array("q", [slot for (slot, _), _ in counted])
    counts = array("I", [count for _, count in counted])
    raw = b"".join((slots.tobytes(), counts.tobytes(), bytes(level for (_, level), _ in counted)))
    return step_ms.to_bytes(4, "little") + zstandard.ZstdCompressor(level=1).compress(raw)


def read_tally(data: bytes) -> Tally:
    """Of bytes that were checked."""
    raw = zstandard.ZstdDecompressor().decompress(data[4:])
    count = len(raw) // 13
    slots, counts = array("q"), array("I")
    slots.frombytes(raw[: 8 * count])
    counts.frombytes(raw[8 * count : 12 * count])
    return Tally(int.from_bytes(data[:4], "little"), slots, raw[12 * count :], counts)
