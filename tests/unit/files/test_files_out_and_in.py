"""Ranges of a download, and what an archive may hold: the rules that need no disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput, TooLarge
from nacre.files.downloads import Span, span_of
from nacre.files.unpacking import MOST_FILES, Bounds, folder_of, leads_outside


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
