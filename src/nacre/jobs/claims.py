"""Who has a job: how it is claimed, and how it is known that it is still in the same hands."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict, NotFound
from nacre.jobs import book, states
from nacre.jobs.job import Claim, Hold
from nacre.jobs.logs import capped
from nacre.jobs.states import Standing
from nacre.jobs.turns import in_turn


def claimed(
    connection: Connection, runner: str, kinds: Collection[str], claim_key: str, now: datetime, lease: timedelta
) -> Claim | None:
    """The claim of the job whose turn it is, or the one that this key made before while it still holds."""
    made = book.attempt_of_key(connection, claim_key)
    if made is not None:
        return _same(connection, made, runner, now, lease)
    for candidate in in_turn(book.candidates(connection, kinds, now)):
        row = book.locked_waiting(connection, candidate.id)
        if row is not None:
            return _take(connection, row, runner, claim_key, now, lease)
    return None


def _same(connection: Connection, made: Row[Any], runner: str, now: datetime, lease: timedelta) -> Claim | None:
    row = found(book.locked(connection, made.job_id), made.job_id)
    standing = book.standing_of(row)
    if made.runner != runner or not states.holds(standing, made.id, now):
        return None
    return _claim_of(book.save(connection, row.id, states.renewed(standing, now, lease)), lease)


def _take(connection: Connection, row: Row[Any], runner: str, claim_key: str, now: datetime, lease: timedelta) -> Claim:
    fence = book.begin_attempt(connection, row.id, claim_key, runner, now)
    before = book.standing_of(row)
    standing = states.claimed(before, fence, now, lease)
    if before.why:
        heading = f"\n[{before.why}; attempt {standing.attempts} of {standing.most_attempts}, by {runner}]\n"
        book.add_log(connection, row, capped(row.log_bytes, heading.encode()), 0)
    started_at = row.started_at or now
    row = book.save(connection, row.id, standing, runner=runner, started_at=started_at, taken_bytes=0)
    return _claim_of(row, lease)


def held(row: Row[Any], hold: Hold, now: datetime) -> Standing:
    """How the job stands, if it is in these very hands. Raises Conflict "stale-fence"."""
    standing = book.standing_of(row)
    if row.runner != hold.runner or not states.holds(standing, hold.fence, now):
        raise stale(row.id, hold.fence)
    return standing


def stale(job_id: int, fence: int) -> Conflict:
    return Conflict(
        "stale-fence",
        f"The claim {fence} of job {job_id} is over: its lease ran out, or the job was cancelled or finished.",
        hint="Let go of the work. `nacre job show` tells who has it now.",
    )


def found(row: Row[Any] | None, job_id: int) -> Row[Any]:
    if row is None:
        raise NotFound("job-not-found", f"There is no job {job_id}.", hint="`nacre job list` shows them.")
    return row


def _claim_of(row: Row[Any], lease: timedelta) -> Claim:
    return Claim(
        job_id=row.id,
        fence=row.fence,
        runner=row.runner,
        job=book.job_of(row),
        payload=row.payload,
        lease_s=lease.total_seconds(),
        lease_until=row.lease_until,
    )
