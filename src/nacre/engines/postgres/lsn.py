"""Positions in the write-ahead log, and where a record that starts at one of them ends."""

import re
from typing import NewType

from nacre.core.errors import InvalidInput

Lsn = NewType("Lsn", int)
"""Byte position in the WAL of a cluster, as PostgreSQL's pg_lsn."""

PAGE_BYTES = 8192
"""XLOG_BLCKSZ of every packaged PostgreSQL (the wheel and Debian)."""
PAGE_HEADER_BYTES = 24
SEGMENT_HEADER_BYTES = 40
"""SizeOfXLogShortPHD and SizeOfXLogLongPHD, access/xlog_internal.h; the long one opens each segment."""
_ALIGNMENT = 8


def parse_lsn(text: str) -> Lsn:
    """'16/B374D848' as an Lsn. Raises InvalidInput."""
    match = re.fullmatch(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})", text)
    if match is None:
        raise InvalidInput("bad-lsn", f"{text!r} is not a WAL position.", hint="It looks like 16/B374D848.")
    return Lsn(int(match[1], 16) << 32 | int(match[2], 16))


def format_lsn(lsn: Lsn) -> str:
    """An Lsn as PostgreSQL prints it."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def before_header(position: Lsn, segment_bytes: int) -> Lsn:
    """`position` itself, or the start of its page if there is nothing but the page's header between the two.

    PostgreSQL names the same place both ways (XLogBytePosToRecPtr and XLogBytePosToEndRecPtr, access/transam/xlog.c).
    """
    header = SEGMENT_HEADER_BYTES if position % segment_bytes == SEGMENT_HEADER_BYTES else PAGE_HEADER_BYTES
    return Lsn(position - header) if position % PAGE_BYTES == header else position


def record_end(start: Lsn, length_bytes: int, segment_bytes: int) -> Lsn:
    """Where the record of `length_bytes` (xl_tot_len) that starts at `start` ends, as recovery reports it.

    Counts the page headers on its way, and rounds up to 8 as every record does: XLogReadRecord in
    access/transam/xlogreader.c. Never inside a page header.
    """
    return Lsn(_aligned(_advance(start, length_bytes, segment_bytes)))


def _advance(position: int, length_bytes: int, segment_bytes: int) -> int:
    left = length_bytes
    while True:
        room = PAGE_BYTES - position % PAGE_BYTES
        if left <= room:
            return position + left
        left -= room
        position += room
        position += SEGMENT_HEADER_BYTES if position % segment_bytes == 0 else PAGE_HEADER_BYTES


def _aligned(position: int) -> int:
    return (position + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
