"""Failed sign-ins: waits that grow to a quarter of an hour and no further, and are over when the time is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.accounts.conftest import SetClock

from nacre.accounts.attempts import Attempts, WaitFirst, key, wait_after
from nacre.core.store.store import Store

ACCOUNT, ADDRESS = key("account", "ann"), key("address", "192.0.2.1")
counts = st.integers(min_value=0, max_value=10**6)


@pytest.fixture
def attempts(store: Store, set_clock: SetClock) -> Attempts:
    return Attempts(store, set_clock)


@given(counts, counts, st.integers(min_value=1, max_value=50))
def test_waits_never_shrink_and_never_lock_out_for_good(a: int, b: int, free: int) -> None:
    fewer, more = sorted((a, b))
    assert timedelta(0) <= wait_after(fewer, free) <= wait_after(more, free) <= timedelta(minutes=15)
    assert (wait_after(a, free) == timedelta(0)) == (a < free)


def test_the_sixth_waits_a_second_and_each_after_it_twice_as_long(attempts: Attempts, set_clock: SetClock) -> None:
    for _ in range(5):
        attempts.begin([ACCOUNT])
    for seconds in (1, 2, 4, 8):
        with pytest.raises(WaitFirst) as refused:
            attempts.begin([ACCOUNT])
        assert refused.value.wait_s == seconds
        set_clock.now += timedelta(seconds=seconds) - timedelta(microseconds=1)
        with pytest.raises(WaitFirst):
            attempts.begin([ACCOUNT])
        set_clock.now += timedelta(microseconds=1)
        attempts.begin([ACCOUNT])


def test_one_that_must_wait_is_told_afresh_once_and_counts_nothing(attempts: Attempts) -> None:
    for _ in range(5):
        attempts.begin([ACCOUNT])
    told = []
    for _ in range(3):
        with pytest.raises(WaitFirst) as refused:
            attempts.begin([ACCOUNT, ADDRESS])
        told.append((refused.value.fresh, refused.value.wait_s))
    assert told == [(True, 1), (False, 1), (False, 1)]
    for _ in range(20):
        attempts.begin([ADDRESS])


def test_a_success_forgets_the_account_but_of_the_address_only_itself(attempts: Attempts) -> None:
    for _ in range(4):
        attempts.begin([ACCOUNT, ADDRESS])
    attempts.begin([ACCOUNT, ADDRESS])
    attempts.passed([ACCOUNT, ADDRESS])
    for _ in range(5):
        attempts.begin([ACCOUNT])
    for _ in range(16):
        attempts.begin([ADDRESS])
    with pytest.raises(WaitFirst):
        attempts.begin([ADDRESS])


def test_a_day_of_quiet_forgets_everything(attempts: Attempts, set_clock: SetClock) -> None:
    for _ in range(5):
        attempts.begin([ACCOUNT])
    set_clock.now += timedelta(days=1, seconds=1)
    for _ in range(5):
        attempts.begin([ACCOUNT])


def test_counts_outlive_the_daemon(attempts: Attempts, store: Store, set_clock: SetClock) -> None:
    for _ in range(5):
        attempts.begin([ACCOUNT])
    store.close()
    again = Store(store.path)
    with pytest.raises(WaitFirst):
        Attempts(again, set_clock).begin([ACCOUNT])
    again.close()
