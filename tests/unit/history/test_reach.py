"""Reach: which states can be recovered, judged against the rule spelled out position by position."""

from hypothesis import given
from hypothesis import strategies as st

from nacre.history.reach import END, Anchor, Span, reachable, within, without

_LIMIT = 40
positions = st.integers(0, _LIMIT)
spans = st.lists(st.tuples(positions, positions).map(lambda pair: Span(min(pair), max(pair))), max_size=5)
anchors = st.lists(st.tuples(positions, positions).map(lambda pair: Anchor(min(pair), max(pair))), max_size=5)


def covers(found: list[Span], position: int) -> bool:
    return any(span.start <= position < span.end for span in found)


@given(anchors, spans)
def test_a_cut_is_reachable_when_some_base_lies_before_it_and_no_gap_between(
    bases: list[Anchor], gaps: list[Span]
) -> None:
    found = reachable(bases, gaps)
    for cut in range(_LIMIT + 2):
        expected = any(
            base.end <= cut and all(gap.end <= base.replay_from or cut < gap.start for gap in gaps) for base in bases
        )
        assert covers(found, cut) == expected


@given(spans, spans)
def test_spans_are_sets_of_positions(ours: list[Span], theirs: list[Span]) -> None:
    for position in range(_LIMIT + 1):
        assert covers(without(ours, theirs), position) == (covers(ours, position) and not covers(theirs, position))
        assert covers(within(ours, theirs), position) == (covers(ours, position) and covers(theirs, position))


def test_a_damaged_base_costs_nothing_when_an_older_one_leads_on() -> None:
    old, new = Anchor(0, 5), Anchor(20, 25)
    assert without(reachable([old, new]), reachable([old])) == []
    assert without(reachable([old, new]), reachable([new])) == [Span(5, 25)]


def test_a_gap_costs_the_states_from_it_to_the_next_base() -> None:
    old, new = Anchor(0, 5), Anchor(20, 25)
    assert without(reachable([old, new]), reachable([old, new], [Span(10, 12)])) == [Span(10, 25)]
    assert without(reachable([old]), reachable([old], [Span(10, 12)])) == [Span(10, END)]
