"""The rules of the files engine that need no disk."""

from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.files.content import Chunk, decode_manifest, encode_manifest
from nacre.engines.files.pending import HOLD_LIMIT_S, OPEN_LIMIT_S, QUIET_S, Pending
from nacre.engines.files.retention import superseded


@given(st.lists(st.builds(Chunk, st.integers(0, 2**63), st.integers(0, 2**20), st.binary(min_size=32, max_size=32))))
def test_a_manifest_reads_back_as_written(chunks: list[Chunk]) -> None:
    assert decode_manifest(encode_manifest(chunks)) == chunks


def state(versions: list[tuple[int, bool]], moment: int) -> int | None:
    """The version that holds at `moment`; None when there is none or it is a disappearance."""
    seen = [(seq, is_gone) for seq, is_gone in versions if seq <= moment]
    return None if not seen or seen[-1][1] else seen[-1][0]


@given(
    st.dictionaries(st.integers(1, 30), st.booleans()).map(lambda found: sorted(found.items())),
    st.sets(st.integers(0, 35), min_size=1).map(sorted),
)
def test_collection_changes_no_kept_moment_and_keeps_nothing_else(
    versions: list[tuple[int, bool]], moments: list[int]
) -> None:
    versions = [version for version in versions if version[0] <= moments[-1]]
    doomed = set(superseded(versions, moments))
    left = [version for version in versions if version[0] not in doomed]
    assert [state(left, moment) for moment in moments] == [state(versions, moment) for moment in moments]
    needed = {state(versions, moment) for moment in moments}
    assert all(is_gone or seq in needed for seq, is_gone in left)
    assert superseded(left, moments) == []


def test_a_closed_file_is_due_at_once_an_open_one_when_quiet_or_after_a_second() -> None:
    pending = Pending()
    pending.notice(b"closed", 1, 0.0, closed=True)
    pending.notice(b"open", 1, 0.0, closed=False)
    pending.notice(b"open", 2, 0.09, closed=False)
    assert set(pending.take_due(QUIET_S)) == {b"closed"}
    now = 0.1
    while now < OPEN_LIMIT_S:
        pending.notice(b"open", 3, now, closed=False)
        assert pending.take_due(now) == {}
        now += 0.05
    assert set(pending.take_due(OPEN_LIMIT_S)) == {b"open"}


def test_a_crowd_waits_until_it_is_quiet_but_not_for_ever() -> None:
    pending = Pending()
    now = 0.0
    while now < HOLD_LIMIT_S - 0.05:
        for number in range(20):
            pending.notice(f"{now} {number}".encode(), 1, now, closed=True)
        if len(pending) > 200:
            assert pending.take_due(now) == {}
        else:
            assert pending.take_due(now) == {} or now < 0.5
        now += 0.01
    assert len(pending.take_due(HOLD_LIMIT_S)) > 1000


def test_a_costly_path_rests_nine_times_as_long_as_it_took() -> None:
    pending = Pending()
    pending.spent(b"big", 2.0, 10.0)
    pending.notice(b"big", 1, 11.0, closed=True)
    assert pending.take_due(27.9) == {}
    assert set(pending.take_due(28.0)) == {b"big"}


def test_what_was_put_back_keeps_its_first_time_and_what_came_since() -> None:
    pending = Pending()
    pending.notice(b"d", 1, 0.0, closed=True, whole=True)
    taken = pending.take_due(1.0)
    pending.notice(b"d", 5, 1.0, closed=True)
    pending.hold(taken, 1.0)
    assert pending.take_due(1.0) == {}
    again = pending.take_due(1.0 + QUIET_S)[b"d"]
    assert (again.since_s, again.at_ns, again.whole) == (0.0, 5, True)
