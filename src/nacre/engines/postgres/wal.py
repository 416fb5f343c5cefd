"""WAL segments: their names, what they span, and what their first page says."""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Damaged
from nacre.engines.postgres.lsn import PAGE_BYTES, SEGMENT_HEADER_BYTES, Lsn, record_end

DEFAULT_SEGMENT_BYTES = 16 << 20
_NAME = re.compile(r"[0-9A-F]{24}")
_HISTORY_NAME = re.compile(r"([0-9A-F]{8})\.history")
_PAGE_HEADER = struct.Struct("<HHIQI4x")
"""magic, info, timeline, page address, bytes left of a record from the page before: XLogPageHeaderData."""
_LONG_TAIL = struct.Struct("<QII")
"""system identifier, segment size, page size: the rest of XLogLongPageHeaderData."""
_FIRST_IS_CONTINUATION = 0x0001


@dataclass(frozen=True, order=True)
class Segment:
    """One WAL file: timeline and number since position 0, for segments of `size_bytes` (a power of 2)."""

    timeline: int
    number: int
    size_bytes: int = DEFAULT_SEGMENT_BYTES

    @property
    def name(self) -> str:
        per_id = (1 << 32) // self.size_bytes
        return f"{self.timeline:08X}{self.number // per_id:08X}{self.number % per_id:08X}"

    @property
    def start(self) -> Lsn:
        return Lsn(self.number * self.size_bytes)

    @property
    def end(self) -> Lsn:
        """First position after the segment."""
        return Lsn((self.number + 1) * self.size_bytes)

    @property
    def following(self) -> "Segment":
        return Segment(self.timeline, self.number + 1, self.size_bytes)


@dataclass(frozen=True)
class FirstPage:
    """What the first page of a segment file claims about it."""

    timeline: int
    address: Lsn
    remaining_bytes: int
    """How much of a record begun in an earlier segment is still to come; 0 if a record starts the segment."""
    system_identifier: int
    segment_bytes: int


class DamagedSegment(Damaged):
    """A WAL segment that is kept is missing or altered."""

    def __init__(self, code: str, segment: Segment, what: str) -> None:
        super().__init__(
            code,
            f"WAL segment {segment.name} {what}.",
            hint="`nacre history verify` tells which moments are lost; choose one that is not.",
        )
        self.segment = segment


def segment_at(timeline: int, lsn: Lsn, size_bytes: int = DEFAULT_SEGMENT_BYTES) -> Segment:
    """The segment that holds position `lsn`."""
    return Segment(timeline, lsn // size_bytes, size_bytes)


def parse_segment(name: str, size_bytes: int = DEFAULT_SEGMENT_BYTES) -> Segment | None:
    """The segment called `name`, or None for any other file (history, .partial, .backup, temporary)."""
    if _NAME.fullmatch(name) is None:
        return None
    high, low = int(name[8:16], 16), int(name[16:], 16)
    per_id = (1 << 32) // size_bytes
    return Segment(int(name[:8], 16), high * per_id + low, size_bytes) if low < per_id else None


def history_name(timeline: int) -> str:
    """The name of a timeline's history file."""
    return f"{timeline:08X}.history"


def is_history(name: str) -> bool:
    return _HISTORY_NAME.fullmatch(name) is not None


def segments_in(directory: Path, timeline: int, size_bytes: int = DEFAULT_SEGMENT_BYTES) -> list[Segment]:
    """Segments of one timeline lying in `directory`, in order; none if there is no such directory."""
    if not directory.is_dir():
        return []
    found = (parse_segment(path.name, size_bytes) for path in directory.iterdir())
    return sorted(segment for segment in found if segment is not None and segment.timeline == timeline)


def read_first_page(path: Path) -> FirstPage | None:
    """The header of a segment file, or None if it has not been written yet (or never will be)."""
    with path.open("rb") as file:
        header = file.read(SEGMENT_HEADER_BYTES)
    if len(header) < SEGMENT_HEADER_BYTES:
        return None
    magic, info, timeline, address, remaining = _PAGE_HEADER.unpack_from(header)
    identifier, segment_bytes, page_bytes = _LONG_TAIL.unpack_from(header, _PAGE_HEADER.size)
    if magic == 0 or page_bytes != PAGE_BYTES or not info & 0x0002:
        return None
    left = remaining if info & _FIRST_IS_CONTINUATION else 0
    return FirstPage(timeline, Lsn(address), left, identifier, segment_bytes)


def crossing_end(segment: Segment, page: FirstPage) -> Lsn:
    """Where the record that runs into `segment` from the one before ends; the segment's start if none does."""
    if page.remaining_bytes == 0:
        return segment.start
    return record_end(Lsn(segment.start + SEGMENT_HEADER_BYTES), page.remaining_bytes, segment.size_bytes)


def write_empty(path: Path, size_bytes: int) -> None:
    """A sparse segment without records whose header tells the segment size and nothing else."""
    header = _PAGE_HEADER.pack(0, 0, 0, 0, 0) + _LONG_TAIL.pack(0, size_bytes, PAGE_BYTES)
    with path.open("xb") as file:
        file.write(header)
        file.truncate(size_bytes)
