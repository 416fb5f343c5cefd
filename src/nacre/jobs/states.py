"""The states of a job, and what moves it from one to the next. Pure rules.

                        ┌────────── lease over · to be tried again · given back ──────────┐
                        ▼                                                                 │
    submit ────────▶ waiting ─────────────────────── claim ──────────────────────────▶ running
                        │                                                               │ │ │
                        └────────────── cancel ──────────▶ cancelled ◀───── cancel ─────┘ │ │
                                                                                          │ │
                                                     done · failed ◀───── finish ─────────┘ │
                                                              dead ◀─ no attempts left ─────┘

`claim` gives a fence, greater than any before it, and a lease. Both hold until the lease runs out, the job is finished,
given back or cancelled; from then on whoever shows that fence is refused. done, failed, cancelled and dead are final.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"

    @property
    def final(self) -> bool:
        return self not in (State.WAITING, State.RUNNING)


LEASE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True)
class Standing:
    """How a job stands. `fence` is that of the last claim (0: none yet); `ready_at` when it may be claimed next."""

    state: State
    attempts: int
    most_attempts: int
    fence: int
    lease_until: datetime | None
    ready_at: datetime
    why: str


def claimed(standing: Standing, fence: int, now: datetime, lease: timedelta = LEASE) -> Standing:
    """A waiting job in the hands of whoever got `fence`."""
    assert standing.state is State.WAITING and fence > standing.fence
    return replace(
        standing,
        state=State.RUNNING,
        attempts=standing.attempts + 1,
        fence=fence,
        lease_until=now + lease,
        why="",
    )


def holds(standing: Standing, fence: int, now: datetime) -> bool:
    """Whether whoever shows this fence still has the job."""
    return (
        standing.state is State.RUNNING
        and standing.fence == fence
        and standing.lease_until is not None
        and now < standing.lease_until
    )


def renewed(standing: Standing, now: datetime, lease: timedelta = LEASE) -> Standing:
    """The lease of a running job anew; never shorter than it was."""
    assert standing.state is State.RUNNING and standing.lease_until is not None
    return replace(standing, lease_until=max(standing.lease_until, now + lease))


def overdue(standing: Standing, now: datetime) -> bool:
    """Whether a running job's lease has run out."""
    return standing.state is State.RUNNING and not holds(standing, standing.fence, now)


def brought_near(standing: Standing, now: datetime, lease: timedelta = LEASE) -> Standing:
    """A job whose lease or pause ends later than one that began now would: since it began, the clock was set back."""
    lease_until = None if standing.lease_until is None else min(standing.lease_until, now + lease)
    return replace(standing, lease_until=lease_until, ready_at=min(standing.ready_at, now + LONGEST_PAUSE))


def lapsed(standing: Standing, why: str, now: datetime) -> Standing:
    """A running job whose runner is gone, as far as anybody can tell."""
    return _again(standing, why, now, pause=timedelta(0))


def faltered(standing: Standing, why: str, now: datetime) -> Standing:
    """A running job that could not be done for now: tried again after a pause that doubles with each attempt."""
    return _again(standing, why, now, pause=min(timedelta(seconds=2**standing.attempts), LONGEST_PAUSE))


def given_back(standing: Standing, why: str, now: datetime) -> Standing:
    """A running job that its runner let go of in good order: that was no attempt."""
    return replace(
        standing, state=State.WAITING, attempts=standing.attempts - 1, lease_until=None, ready_at=now, why=why
    )


def ended(standing: Standing, state: State, why: str) -> Standing:
    """A job in a final state."""
    assert state.final and not standing.state.final
    return replace(standing, state=state, lease_until=None, why=why)


def _again(standing: Standing, why: str, now: datetime, pause: timedelta) -> Standing:
    assert standing.state is State.RUNNING
    if standing.attempts >= standing.most_attempts:
        tries = "the only attempt" if standing.attempts == 1 else f"the last of {standing.attempts} attempts"
        return ended(standing, State.DEAD, f"{tries} came to nothing: {why}")
    return replace(standing, state=State.WAITING, lease_until=None, ready_at=now + pause, why=why)
