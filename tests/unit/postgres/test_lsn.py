"""Positions in the WAL, segment names and record ends."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.engines.postgres.lsn import Lsn, format_lsn, parse_lsn, record_end
from nacre.engines.postgres.wal import (
    Segment,
    crossing_end,
    parse_segment,
    read_first_page,
    segment_at,
    segments_in,
    write_empty,
)

segment_sizes = st.integers(20, 30).map(lambda power: 1 << power)
positions = st.integers(0, (1 << 63) - 1).map(Lsn)


@given(positions)
def test_what_is_printed_is_read_back(lsn: Lsn) -> None:
    assert parse_lsn(format_lsn(lsn)) == lsn


@pytest.mark.parametrize("text", ["", "0", "0/", "/0", "0/0/0", "g/0", "0/123456789", " 0/0", "0/0 "])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_lsn(text)


@given(st.integers(1, (1 << 32) - 1), st.integers(0, (1 << 63) - 1).map(Lsn), segment_sizes)
def test_a_segment_is_called_what_postgres_calls_it(timeline: int, lsn: Lsn, size: int) -> None:
    segment = segment_at(timeline, lsn, size)
    assert segment.start <= lsn < segment.end
    assert parse_segment(segment.name, size) == segment
    assert segment.following.start == segment.end
    assert (segment.name < segment.following.name) or len(segment.following.name) > 24


@pytest.mark.parametrize(
    ("lsn", "size", "name"),
    # SELECT pg_walfile_name(…) on clusters made with --wal-segsize=16 and =1
    [("0/1000000", 16 << 20, "000000010000000000000001"), ("5/FF000028", 16 << 20, "0000000100000005000000FF"),
     ("1/100000", 1 << 20, "000000010000000100000001")],
)  # fmt: skip
def test_known_segment_names(lsn: str, size: int, name: str) -> None:
    assert segment_at(1, parse_lsn(lsn), size).name == name


@pytest.mark.parametrize(
    "name", ["00000002.history", "000000010000000000000001.partial", "0000000100000000000001FF", "xlogtemp.12", ""]
)
def test_other_files_are_no_segments(name: str) -> None:
    assert parse_segment(name) is None


def headers_crossed(start: int, end: int, size: int) -> int:
    first = start // 8192 + 1
    return sum(40 if page * 8192 % size == 0 else 24 for page in range(first, (end - 1) // 8192 + 1))


@given(st.integers(1, 1 << 40), st.integers(24, 100_000), segment_sizes)
def test_a_record_ends_after_its_bytes_and_the_headers_on_its_way(start: int, length: int, size: int) -> None:
    start = start // 8 * 8
    header = 40 if start % size == 0 else 24
    if start % 8192 < header:
        start += header - start % 8192 + (-header) % 8
    end = record_end(Lsn(start), length, size)
    assert end % 8 == 0
    assert 0 <= end - start - length - headers_crossed(start, end, size) < 8


def test_a_first_page_tells_what_runs_into_it(tmp_path: Path) -> None:
    segment = Segment(3, 7)
    path = tmp_path / segment.name
    header = struct.pack("<HHIQI4xQII", 0xD118, 0x3, 3, segment.start, 9000, 42, 16 << 20, 8192)
    path.write_bytes(header.ljust(8192, b"\0"))
    page = read_first_page(path)
    assert page is not None
    assert (page.timeline, page.address, page.remaining_bytes, page.system_identifier) == (3, segment.start, 9000, 42)
    assert crossing_end(segment, page) == segment.start + 40 + 9000 + 24
    write_empty(tmp_path / segment.following.name, segment.size_bytes)
    assert read_first_page(tmp_path / segment.following.name) is None
    (tmp_path / "00000003.history").touch()
    assert segments_in(tmp_path, 3) == [segment, segment.following]
    assert segments_in(tmp_path, 4) == segments_in(tmp_path / "missing", 3) == []
