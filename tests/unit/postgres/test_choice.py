"""Which base a recovery starts from."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.postgres.bases import Base
from nacre.engines.postgres.choice import choose_base
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.timeline import Stretch
from nacre.engines.postgres.transactions import End, TransactionEnd

CHAIN = (Stretch(1, Lsn(0), Lsn(500), Path("a")), Stretch(2, Lsn(500), None, Path("b")))


def base(redo: int, end: int, timeline: int = 1) -> Base:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Base(Path("b"), "snapshot", timeline, Lsn(redo), Lsn(end), now, "btrfs", 0, 0.0, 1, 1 << 24)


def ended(start: int, end: int, timeline: int = 1) -> TransactionEnd:
    return TransactionEnd(timeline, Lsn(start), Lsn(end), End.COMMIT, 0, 1)


def test_the_base_with_the_least_to_replay_wins() -> None:
    early, late, deep = base(0, 10), base(80, 90), base(5, 95)
    assert choose_base([early, late, deep], CHAIN, ended(100, 110), None) == late


def test_a_base_after_the_target_serves_only_if_nothing_ended_in_between() -> None:
    target, after = ended(100, 110), base(115, 120)
    assert choose_base([after], CHAIN, target, None) == after
    assert choose_base([after], CHAIN, target, ended(120, 130)) == after
    assert choose_base([after], CHAIN, target, ended(112, 118)) is None
    assert choose_base([base(90, 105)], CHAIN, target, None) is None


def test_a_base_of_a_past_that_was_left_behind_does_not_serve() -> None:
    target = ended(700, 710, 2)
    assert choose_base([base(590, 600, 1)], CHAIN, target, None) is None
    assert choose_base([base(490, 500, 1)], CHAIN, target, None) is not None
    assert choose_base([base(590, 600, 2)], CHAIN, target, None) is not None
    assert choose_base([base(590, 600, 3)], CHAIN, target, None) is None


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 99)), max_size=9),
    st.lists(st.integers(1, 48), unique=True, min_size=1),
    st.data(),
)
def test_no_base_is_chosen_that_would_show_too_much_or_too_little(
    spans: list[tuple[int, int]], starts: list[int], data: st.DataObject
) -> None:
    ends = [ended(start * 10, start * 10 + 8) for start in sorted(starts)]
    at = data.draw(st.integers(0, len(ends) - 1))
    following = ends[at + 1] if at + 1 < len(ends) else None
    chosen = choose_base([base(redo, redo + size) for redo, size in spans], CHAIN, ends[at], following)
    if chosen is not None:
        held = [record for record in ends if record.end <= chosen.end_lsn]
        assert not [record for record in held if record.start > ends[at].start]
        assert ends[at] in held or chosen.end_lsn <= ends[at].start
