"""The open end of a shelf: a record for each time that lines were added, with the source's place after them.

A record is whole or it counts for nothing, so lines and place are never apart. One that is damaged is passed over.
"""

import struct
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from nacre.engines.logs.columns import Broken, Columns, joined, read_head
from nacre.engines.logs.line import Place

# marker, checksum of all that follows, number of the first line, inode and offset, bytes of the columns and texts
_HEADER = struct.Struct("<8sIQQQII")
_CHECKED = 12
_NO_INODE = 0


class Record(NamedTuple):
    columns: Columns
    place: Place | None


class Tail(NamedTuple):
    """What could be read. `sound_end` is where the last whole record ends; `damaged`: not all before it is sound."""

    records: list[Record]
    sound_end: int
    damaged: bool

    @property
    def place(self) -> Place | None:
        return self.records[-1].place if self.records else None

    @property
    def runs(self) -> list[Columns]:
        """The lines, put together as far as none is missing between them."""
        parts = [record.columns for record in self.records if len(record.columns)]
        ends = [0, *(part.end for part in parts)]
        jumps, run = 0, []
        for part, end in zip(parts, ends, strict=False):
            jumps += part.first != end
            run.append((jumps, part))
        return [joined([part for _, part in group]) for _, group in groupby(run, key=lambda each: each[0])]


def record(marker: bytes, columns: Columns, place: Place | None) -> bytes:
    head, texts = columns.head(), columns.texts
    inode, offset = place or (_NO_INODE, 0)
    header = _HEADER.pack(marker, 0, columns.first, inode, offset, len(head), len(texts))
    body = b"".join((header[_CHECKED:], head, texts))
    return b"".join((marker, crc32(body).to_bytes(4, "little"), body))


def read_tail(marker: bytes, data: bytes) -> Tail:
    records: list[Record] = []
    at, sound_end, damaged = 0, 0, False
    while (at := data.find(marker, at)) >= 0:
        try:
            read, end = _read(memoryview(data), at)
        except Broken:
            at += 1
            continue
        damaged |= at != sound_end
        records.append(read)
        at = sound_end = end
    return Tail(records, sound_end, damaged)


def _read(data: memoryview, at: int) -> tuple[Record, int]:
    if len(data) < at + _HEADER.size:
        raise Broken("it is cut off")
    _, checksum, first, inode, offset, head_size, texts_size = _HEADER.unpack_from(data, at)
    head_at = at + _HEADER.size
    texts_at = head_at + head_size
    end = texts_at + texts_size
    if end > len(data) or crc32(data[at + _CHECKED : end]) != checksum:
        raise Broken("it is not what was written")
    columns = read_head(first, data[head_at:texts_at], bytes(data[texts_at:end]))
    return Record(columns, None if inode == _NO_INODE else Place(inode, offset)), end


def kept_from(runs: Sequence[Columns], first: int) -> list[Columns]:
    """Of these lines, those from number `first` on."""
    return [run if run.first >= first else run.part(first - run.first, len(run)) for run in runs if run.end > first]
