"""Ranges of a download, and what an archive may hold: the rules that need no disk."""

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput, TooLarge
from nacre.files.downloads import Span, span_of
from nacre.files.unpacking import MOST_FILES, Bounds, folder_of, leads_outside, members


@pytest.mark.parametrize(
    ("wanted", "span"),
    [
        (None, Span(0, 100)), ("bytes=0-9", Span(0, 10)), ("bytes=90-", Span(90, 10)), ("bytes=-10", Span(90, 10)),
        ("bytes=-1000", Span(0, 100)), ("bytes=50-1000", Span(50, 50)), ("bytes=0-0", Span(0, 1)),
        ("bytes=9-3", Span(0, 100)), ("bytes=0-1,5-6", Span(0, 100)), ("lines=1-2", Span(0, 100)),
        ("bytes=-", Span(0, 100)),
    ],
)  # fmt: skip
def test_a_range_is_what_http_says_it_is(wanted, span):
    assert span_of(wanted, 100) == span


def test_a_range_beyond_the_end_is_refused():
    with pytest.raises(InvalidInput):
        span_of("bytes=100-", 100)


@given(st.integers(0, 10_000), st.from_regex(r"bytes=\d{0,5}-\d{0,5}", fullmatch=True))
def test_no_range_leaves_the_file(size_bytes, wanted):
    try:
        span = span_of(wanted, size_bytes)
    except InvalidInput:
        return
    assert span.start >= 0
    assert span.start + span.size_bytes <= size_bytes


@pytest.mark.parametrize(
    ("name", "target", "outside"),
    [
        ("a", "b", False), ("a/b", "../c", False), ("a", "../c", True), ("a/b", "../../c", True), ("a", "/etc", True),
        ("a/b/c", "../../x/../../y", True), ("a/b/c", "../../x", False), ("a", "", True),
    ],
)  # fmt: skip
def test_a_symlink_that_leads_outside_is_known(name, target, outside):
    assert leads_outside(name, target) is outside


def test_an_archive_unpacks_into_a_folder_of_its_name():
    assert folder_of("docs/site.tar.gz") == "docs/site"
    assert folder_of("a.ZIP") == "a"
    assert folder_of(".zip") == ".zip unpacked"


def test_bombs_are_stopped_by_count_by_size_and_by_ratio():
    for bounds, files, size_bytes in (
        (Bounds(1 << 30, 1 << 40), MOST_FILES + 1, 0),
        (Bounds(1 << 30, 1 << 20), 1, (1 << 20) + 1),
        (Bounds(1000, 1 << 40), 1, 17 << 20),
    ):
        with pytest.raises(TooLarge):
            bounds.spend(files, size_bytes)
    Bounds(1 << 20, 1 << 40).spend(1, 100 << 20)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.GNUTYPE_SPARSE])
@pytest.mark.parametrize("first", [True, False])
def test_no_header_of_a_tar_is_read_that_would_fill_the_memory(kind: bytes, first: bool):
    size = 8 << 20
    with io.BytesIO() as packed:
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
            for name, type_, size_bytes in (("x", kind, size), ("y", tarfile.REGTYPE, 0))[:: 1 if first else -1]:
                header = tarfile.TarInfo(name)
                header.type, header.size = type_, size_bytes
                file.write(header.tobuf(tarfile.GNU_FORMAT) + bytes(size_bytes))
            file.write(bytes(1024))
        with pytest.raises((tarfile.ReadError, InvalidInput)):
            list(members(packed, Bounds(size, 1 << 40)))


def test_long_names_of_a_tar_are_read():
    name = "/".join(["folder" * 20] * 8)
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", format=form) as archive:
            archive.addfile(tarfile.TarInfo(name))
        assert [member.name for member in members(packed, Bounds(1 << 20, 1 << 40))] == [name]
