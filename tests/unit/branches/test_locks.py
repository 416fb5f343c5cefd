"""Locks: one change of a branch at a time, never a deadlock, a refusal when the wait is too long."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from nacre.branches.locks import Locks
from nacre.core.names import Ref

Refused = Callable[..., None]


A, B, C = Ref("shop"), Ref("shop", "try-x"), Ref("bank")


def hold(locks: Locks, *branches: Ref, patience_s: float = 10) -> None:
    with locks.hold(*branches, patience_s=patience_s):
        pass


@pytest.fixture
def locks() -> Locks:
    return Locks()


def elsewhere(function: Callable[[], None]) -> None:
    """Run in another thread to its end; what it raises is raised here."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function).result()


def test_a_branch_that_is_changing_refuses_another_change_after_the_wait(locks: Locks, refused_with: Refused) -> None:
    with locks.hold(A):
        elsewhere(lambda: refused_with("branch-busy", lambda: hold(locks, A, patience_s=0.01)))
    elsewhere(lambda: hold(locks, A, patience_s=0.01))


def test_other_branches_do_not_wait(locks: Locks) -> None:
    with locks.hold(A):
        elsewhere(lambda: hold(locks, B, patience_s=0.01))


def test_who_holds_a_branch_may_hold_it_again(locks: Locks) -> None:
    with locks.hold(A), locks.hold(A, B, B):
        pass
    elsewhere(lambda: hold(locks, A, B, patience_s=0.01))


def test_a_refused_wait_gives_back_what_it_had(locks: Locks, refused_with: Refused) -> None:
    with locks.hold(B):
        elsewhere(lambda: refused_with("branch-busy", lambda: hold(locks, A, B, patience_s=0.01)))
        elsewhere(lambda: hold(locks, A, patience_s=0.01))


def test_a_change_that_fails_gives_the_branch_back(locks: Locks) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(A):
        raise ZeroDivisionError
    elsewhere(lambda: hold(locks, A, patience_s=0.01))


def test_holders_of_several_branches_in_any_order_never_wait_for_each_other(locks: Locks) -> None:
    inside = 0
    most = 0
    guard = threading.Lock()

    def work(order: tuple[Ref, ...]) -> None:
        nonlocal inside, most
        for _ in range(50):
            with locks.hold(*order, patience_s=10):
                with guard:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0)
                with guard:
                    inside -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, [(A, B), (B, A), (B, C, A), (A, C, B), (C, B, A), (A, B, C)]))
    # Every order has A and B in it: never two inside.
    assert most == 1


def test_all_branches_of_a_project_are_held_also_one_that_came_while_waiting(
    locks: Locks, refused_with: Refused
) -> None:
    named = [A]
    asked: list[int] = []

    def refs() -> list[Ref]:
        asked.append(len(named))
        if len(asked) == 1:
            return [A]
        named[:] = [A, B]
        return [*named]

    with locks.hold_all(refs):
        elsewhere(lambda: refused_with("branch-busy", lambda: hold(locks, B, patience_s=0.01)))
    elsewhere(lambda: hold(locks, A, B, patience_s=0.01))


def test_who_holds_a_branch_can_tell_that_somebody_waits_for_it(locks: Locks) -> None:
    with ThreadPoolExecutor(1) as pool:
        with locks.hold(A):
            assert not locks.wanted(A)
            waiting = pool.submit(lambda: hold(locks, A, patience_s=10))
            deadline = time.monotonic() + 10
            while not locks.wanted(A):
                assert time.monotonic() < deadline
                time.sleep(0.001)
        waiting.result()
    assert not locks.wanted(A)
