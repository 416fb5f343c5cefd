"""When bases are taken, and which are kept: few, never one too few."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.history.spacing import (
    BUSY_SHARE,
    COPIED_EVERY_BYTES,
    COPIED_GAP_BY_AGE,
    SHARED_EVERY_BYTES,
    SHARED_GAP_BY_AGE,
    SNAPSHOT_EVERY_BYTES,
    Cost,
    is_due,
    thin_out,
)

ages = st.lists(st.floats(1, 1e8), min_size=1, max_size=60, unique=True).map(sorted)
costs = st.builds(Cost, st.booleans(), st.floats(0, 1000), st.integers(0, 10**13), st.booleans())
wal = st.integers(0, 10**12)
durations = st.floats(0, 1e7)


def share(copy_on_write: bool) -> float:
    return SHARED_GAP_BY_AGE if copy_on_write else COPIED_GAP_BY_AGE


@given(ages, st.data(), st.booleans())
def test_the_newest_and_the_needed_base_always_stay_and_older_ones_go(
    ages: list[float], data: st.DataObject, copy_on_write: bool
) -> None:
    needed = data.draw(st.integers(0, len(ages) - 1))
    kept = thin_out(ages, needed, copy_on_write)
    assert {0, needed} <= kept <= set(range(needed + 1))


@given(ages, st.booleans())
def test_the_number_kept_grows_with_the_logarithm_of_the_window_only(ages: list[float], copy_on_write: bool) -> None:
    kept = thin_out(ages, len(ages) - 1, copy_on_write)
    # Of three neighbours kept, the oldest is at least 1 / (1 - share) times as old as the newest.
    steps = math.log(ages[-1] / ages[0]) / -math.log(1 - share(copy_on_write))
    assert len(kept) <= 2 * steps + 3


@given(ages, st.booleans())
def test_a_gap_is_never_made_wider_than_its_share_of_the_age(ages: list[float], copy_on_write: bool) -> None:
    kept = sorted(thin_out(ages, len(ages) - 1, copy_on_write))
    for newer, older in pairwise(kept):
        gap = ages[older] - ages[newer]
        assert older == newer + 1 or gap <= share(copy_on_write) * ages[older]


@pytest.mark.parametrize("copy_on_write", [True, False])
@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(5, 600), min_size=300, max_size=1500))
def test_thinning_after_every_base_for_days_leaves_the_past_as_near_as_promised(
    copy_on_write: bool, pauses: list[float]
) -> None:
    window = 2 * 86_400.0
    taken: list[float] = []
    now = 0.0
    for pause in pauses:
        now += pause
        taken.insert(0, now)
        ages = [now - time for time in taken]
        needed = next((index for index, age in enumerate(ages) if age >= window), len(ages) - 1)
        taken = [taken[index] for index in sorted(thin_out(ages, needed, copy_on_write))]
    ages = [now - time for time in taken]
    for newer, older in pairwise(ages):
        assert older - newer <= max(600, share(copy_on_write) * older)
    dense = 600 / share(copy_on_write)
    assert len(taken) <= dense / 5 + 2 * math.log(window / 5) / -math.log(1 - share(copy_on_write)) + 3


@given(costs, wal, wal, durations, durations)
def test_a_base_that_is_due_stays_due_as_wal_and_time_go_on(
    cost: Cost, wal_bytes: int, more_wal: int, seconds: float, more_seconds: float
) -> None:
    if is_due(cost, wal_bytes, seconds):
        assert is_due(cost, wal_bytes + more_wal, seconds + more_seconds)


@given(costs, wal, durations)
def test_taking_bases_never_keeps_a_cluster_busy_for_more_than_its_share(
    cost: Cost, wal_bytes: int, seconds: float
) -> None:
    if is_due(cost, wal_bytes, seconds):
        assert cost.seconds <= seconds * BUSY_SHARE


def test_shared_bases_are_denser_than_copied_ones_and_large_copies_rarer_still() -> None:
    assert is_due(Cost(True, 0.01, 10**12, atomic=True), SNAPSHOT_EVERY_BYTES, 60)
    assert not is_due(Cost(True, 0.01, 10**12), SNAPSHOT_EVERY_BYTES, 60)
    assert is_due(Cost(True, 0.01, 10**12), SHARED_EVERY_BYTES, 60)
    assert not is_due(Cost(False, 0.01, 1000), SHARED_EVERY_BYTES, 60)
    assert is_due(Cost(False, 0.01, 1000), COPIED_EVERY_BYTES, 60)
    assert not is_due(Cost(False, 0.01, 10**12), COPIED_EVERY_BYTES, 60)


def test_without_new_wal_no_base_is_due_however_long_ago_the_last_was() -> None:
    assert not is_due(Cost(True, 0.01, 1000), 0, 1e9)
