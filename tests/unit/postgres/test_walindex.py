"""What is noted of a segment."""

from nacre.engines.postgres.walindex import SegmentEntry


def test_a_segment_with_a_tally_of_its_commits_can_be_a_key() -> None:
    entry = SegmentEntry(ends=1, commits=1, latest_us=5, last=None, number=1, size_bytes=1, digest="d", tally=[[1, 1]])
    assert {entry: "read"}[entry] == "read"
