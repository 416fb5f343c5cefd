"""Blocks give back what was packed; quarters and rates say what the numbers say."""

from array import array
from itertools import accumulate
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.monitoring.book.blocks import Block, merged, packed
from nacre.monitoring.book.quarters import GAP_MS, QUARTER_MS, quarters, rates

steps = st.lists(st.integers(1, 600_000), min_size=1, max_size=80)
numbers = st.floats(allow_nan=False, width=64)


@given(steps, st.integers(1, 5), st.data())
def test_a_block_gives_back_its_times_and_each_column(gaps: list[int], width: int, data: st.DataObject) -> None:
    times = list(accumulate(gaps, initial=1_700_000_000_000))
    columns = [array("d", data.draw(st.lists(numbers, min_size=len(times), max_size=len(times)))) for _ in range(width)]
    block = Block(packed(times, columns))
    assert block.times == times
    assert [block.column(place) for place in range(block.width)] == columns


def test_a_damaged_block_says_so() -> None:
    whole = packed([1, 2], [array("d", [1, 2])])
    for damaged in (b"", whole[:-3], b"nonsense" * 4):
        with pytest.raises(ValueError, match="block"):
            Block(damaged)


def test_what_comes_later_wins_where_two_have_the_same_time() -> None:
    before = Block(packed([10, 20], [array("d", [1, 2])]))
    assert merged(before, {20: array("d", [5]), 15: array("d", [4])}) == ([10, 15, 20], [array("d", [1, 4, 5])])


def test_a_counter_is_told_as_growth_and_not_across_gaps_and_new_starts() -> None:
    times = [0, 10_000, 20_000, 20_000 + GAP_MS + 1, 20_000 + GAP_MS + 10_001]
    told = rates(times, [0, 50, 20, 1000, 1010])
    assert [None if isnan(one) else one for one in told] == [None, 5.0, None, None, 1.0]


@given(steps, st.data())
def test_quarters_hold_every_number_between_least_and_greatest(gaps: list[int], data: st.DataObject) -> None:
    times = list(accumulate(gaps))
    column = data.draw(st.lists(st.integers(-1000, 1000), min_size=len(times), max_size=len(times)))
    found = list(quarters(times, column))
    for start, mean, least, greatest in found:
        inside = [one for time, one in zip(times, column, strict=True) if start <= time < start + QUARTER_MS]
        assert (least, greatest) == (min(inside), max(inside)) and mean == pytest.approx(sum(inside) / len(inside))
    assert {time // QUARTER_MS * QUARTER_MS for time in times} == {start for start, *_ in found}
    assert list(quarters(times, [nan] * len(times))) == []
