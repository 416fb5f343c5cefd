"""How a file's content is laid out in blobs: nothing, one blob, or a manifest of chunks with holes between them."""

import errno
import os
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

CHUNK_BYTES = 1 << 20
# Holes shorter than this are kept as zeros: they compress to nothing, and each hole costs a manifest row.
_MIN_HOLE_BYTES = 64 << 10
_RECORD = struct.Struct("<QI32s")
_MAGIC = b"NMF1"


class Layout(IntEnum):
    EMPTY = 0
    BLOB = 1
    MANIFEST = 2


class Chunk(NamedTuple):
    """Bytes [offset, offset + length) of a file lie in the blob `address`."""

    offset: int
    length: int
    address: bytes


def encode_manifest(chunks: list[Chunk]) -> bytes:
    return _MAGIC + b"".join(_RECORD.pack(*chunk) for chunk in chunks)


def decode_manifest(data: bytes) -> list[Chunk]:
    """Raises ValueError when `data` is no manifest."""
    body = memoryview(data)[len(_MAGIC) :]
    if data[: len(_MAGIC)] != _MAGIC or len(body) % _RECORD.size:
        raise ValueError("not a manifest")
    return [Chunk(*record) for record in _RECORD.iter_unpack(body)]


def spans(fd: int, size_bytes: int, allocated_bytes: int) -> Iterator[tuple[int, int]]:
    """(offset, length) of each piece of data to store, none crossing the chunk grid; holes are left out."""
    for start, end in _merged(_extents(fd, size_bytes, allocated_bytes)):
        while start < end:
            stop = min(end, (start // CHUNK_BYTES + 1) * CHUNK_BYTES)
            yield start, stop - start
            start = stop


def _extents(fd: int, size_bytes: int, allocated_bytes: int) -> Iterator[tuple[int, int]]:
    if allocated_bytes >= size_bytes:
        yield 0, size_bytes
        return
    position = 0
    while position < size_bytes:
        try:
            start = os.lseek(fd, position, os.SEEK_DATA)
            position = os.lseek(fd, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno != errno.ENXIO:  # ENXIO: only a hole is left
                raise
            return
        yield start, min(position, size_bytes)


def _merged(extents: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    held: tuple[int, int] | None = None
    for start, end in extents:
        if held is not None and start - held[1] < _MIN_HOLE_BYTES:
            held = (held[0], end)
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held
