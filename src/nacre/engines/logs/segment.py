"""A file of blocks: walked from header to header, passing over what is damaged."""

import os
from collections.abc import Iterator

from nacre.engines.logs.block import HEADER_BYTES, Block, read_header
from nacre.engines.logs.columns import Broken
from nacre.engines.logs.names import MARKER_BYTES

_WINDOW_BYTES = 1 << 20


def blocks(fd: int, marker: bytes, start: int = 0) -> Iterator[Block]:
    """The whole blocks from `start` on. One that is cut off at the end was being written: it is none yet.

    Raises OSError where the disk cannot be read.
    """
    size = os.fstat(fd).st_size
    at = start
    while at + HEADER_BYTES <= size:
        try:
            block = read_header(marker, os.pread(fd, HEADER_BYTES, at), at)
        except Broken:
            at = _next(fd, marker, at + 1, size)
            continue
        if block.end_offset > size:
            return
        yield block
        at = block.end_offset


def _next(fd: int, marker: bytes, start: int, size: int) -> int:
    """Where the marker is found next; `size` where it is not."""
    at = start
    while at < size:
        found = os.pread(fd, _WINDOW_BYTES + MARKER_BYTES, at).find(marker)
        if found >= 0:
            return at + found
        at += _WINDOW_BYTES
    return size
