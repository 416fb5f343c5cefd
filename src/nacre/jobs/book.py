"""Reads and writes the rows of jobs, in the same words on SQLite and PostgreSQL.

On PostgreSQL rows are locked as they are read to be changed (FOR UPDATE), and those that another claim has in hand are
passed over (SKIP LOCKED). On SQLite the transaction has the whole database for itself (BEGIN IMMEDIATE), and SQLAlchemy
leaves the words out.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from nacre.jobs.job import Attempt, Job, Load, Trouble
from nacre.jobs.states import Standing, State
from nacre.jobs.tables import attempts, jobs, log_pieces
from nacre.jobs.turns import Candidate


def add(connection: Connection, **values: Any) -> Row[Any]:
    row = insert(jobs).values(
        state=State.WAITING, why="", attempts=0, fence=0, log_bytes=0, taken_bytes=0, **values
    ).returning(jobs)  # fmt: skip
    return connection.execute(row).one()


def by_key(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(jobs).where(jobs.c.key == key)).one_or_none()


def find(connection: Connection, job_id: int) -> Row[Any] | None:
    return connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()


def locked(connection: Connection, job_id: int) -> Row[Any] | None:
    """The row, to be changed in this transaction; waits for whoever has it in hand."""
    return connection.execute(select(jobs).where(jobs.c.id == job_id).with_for_update()).one_or_none()


def locked_waiting(connection: Connection, job_id: int) -> Row[Any] | None:
    """The row, to be claimed in this transaction; None when it waits no more or somebody else has it in hand."""
    query = select(jobs).where(jobs.c.id == job_id, jobs.c.state == State.WAITING)
    return connection.execute(query.with_for_update(skip_locked=True)).one_or_none()


def locked_overdue(connection: Connection, now: datetime) -> list[Row[Any]]:
    """Running jobs whose lease is over, but for those that somebody else has in hand."""
    query = select(jobs).where(jobs.c.state == State.RUNNING, jobs.c.lease_until <= now).order_by(jobs.c.id)
    return list(connection.execute(query.with_for_update(skip_locked=True)))


def locked_far(connection: Connection, lease_until: datetime, ready_at: datetime) -> list[Row[Any]]:
    """Jobs whose lease or pause ends later than that, but for those that somebody else has in hand."""
    query = select(jobs).where(_far(lease_until, ready_at)).order_by(jobs.c.id)
    return list(connection.execute(query.with_for_update(skip_locked=True)))


def locked_of_node(connection: Connection, node: str) -> list[Row[Any]]:
    """The running jobs in the hands of a node's runners."""
    query = select(jobs).where(jobs.c.state == State.RUNNING, jobs.c.runner.startswith(f"{node}/", autoescape=True))
    return list(connection.execute(query.order_by(jobs.c.id).with_for_update()))


def save(connection: Connection, job_id: int, standing: Standing, **more: Any) -> Row[Any]:
    changed = update(jobs).where(jobs.c.id == job_id).values(
        state=standing.state,
        attempts=standing.attempts,
        fence=standing.fence,
        lease_until=standing.lease_until,
        ready_at=standing.ready_at,
        why=standing.why,
        **more,
    )  # fmt: skip
    return connection.execute(changed.returning(jobs)).one()


def candidates(connection: Connection, kinds: Collection[str], now: datetime) -> list[Candidate]:
    """For each app of which no job runs, the first of its waiting ones that may run now."""
    running, served = jobs.alias(), jobs.alias()
    idle = ~select(running.c.id).where(running.c.state == State.RUNNING, running.c.app == jobs.c.app).exists()
    place = func.row_number().over(partition_by=jobs.c.app, order_by=(jobs.c.priority.desc(), jobs.c.id))
    ready = and_(jobs.c.state == State.WAITING, jobs.c.ready_at <= now, jobs.c.kind.in_(kinds), idle)
    columns = (jobs.c.id, jobs.c.app, jobs.c.project, jobs.c.priority)
    first = select(*columns, place.label("place")).where(ready).subquery()
    by_project = select(func.max(served.c.fence)).where(served.c.project == first.c.project).scalar_subquery()
    by_app = select(func.max(served.c.fence)).where(served.c.app == first.c.app).scalar_subquery()
    query = select(first, by_project.label("project_served"), by_app.label("app_served")).where(first.c.place == 1)
    return [
        Candidate(row.id, row.app, row.project, row.priority, row.project_served, row.app_served)
        for row in connection.execute(query)
    ]


def any_overdue(connection: Connection, now: datetime) -> bool:
    query = select(jobs.c.id).where(jobs.c.state == State.RUNNING, jobs.c.lease_until <= now).limit(1)
    return connection.execute(query).first() is not None


def any_far(connection: Connection, lease_until: datetime, ready_at: datetime) -> bool:
    return connection.execute(select(jobs.c.id).where(_far(lease_until, ready_at)).limit(1)).first() is not None


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When the next lease or pause is over, if nothing else happens before."""
    lease = select(func.min(jobs.c.lease_until)).where(jobs.c.state == State.RUNNING)
    pause = select(func.min(jobs.c.ready_at)).where(jobs.c.state == State.WAITING, jobs.c.ready_at > now)
    times = [connection.execute(query).scalar() for query in (lease, pause)]
    return min((time for time in times if time is not None), default=None)


def begin_attempt(connection: Connection, job_id: int, claim_key: str, runner: str, now: datetime) -> int:
    """Returns its number, the fence."""
    values = {"job_id": job_id, "claim_key": claim_key, "runner": runner, "began_at": now}
    return int(connection.execute(insert(attempts).values(**values).returning(attempts.c.id)).scalar_one())


def end_attempt(connection: Connection, fence: int, outcome: str, now: datetime) -> None:
    connection.execute(update(attempts).where(attempts.c.id == fence).values(outcome=outcome, ended_at=now))


def attempt_of_key(connection: Connection, claim_key: str) -> Row[Any] | None:
    return connection.execute(select(attempts).where(attempts.c.claim_key == claim_key)).one_or_none()


def attempt_of_fence(connection: Connection, fence: int) -> Row[Any] | None:
    return connection.execute(select(attempts).where(attempts.c.id == fence)).one_or_none()


def attempts_at(connection: Connection, job_id: int) -> list[Attempt]:
    query = select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.id)
    return [
        Attempt(
            fence=row.id, runner=row.runner, began_at=row.began_at, ended_at=row.ended_at, outcome=row.outcome
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def add_log(connection: Connection, row: Row[Any], data: bytes, taken_bytes: int) -> None:
    """Put `data` behind what is kept of a locked job's log, and note how much of its attempt's was taken."""
    if data:
        connection.execute(insert(log_pieces).values(job_id=row.id, at_byte=row.log_bytes, data=data))
    counted = update(jobs).where(jobs.c.id == row.id)
    connection.execute(counted.values(log_bytes=row.log_bytes + len(data), taken_bytes=taken_bytes))


def read_log(connection: Connection, job_id: int, offset: int, most_bytes: int) -> bytes:
    """What is kept from `offset` on: whole pieces, until there are `most_bytes`."""
    begins = (
        select(func.coalesce(func.max(log_pieces.c.at_byte), 0))
        .where(log_pieces.c.job_id == job_id, log_pieces.c.at_byte <= offset)
        .scalar_subquery()
    )
    query = select(log_pieces.c.at_byte, log_pieces.c.data).where(
        log_pieces.c.job_id == job_id, log_pieces.c.at_byte >= begins
    )
    return b"".join(_until(connection.execute(query.order_by(log_pieces.c.at_byte)), offset, most_bytes))


def load(connection: Connection, now: datetime) -> Load:
    def counted(since: ColumnElement[datetime], *which: ColumnElement[bool]) -> tuple[int, float]:
        count, first = connection.execute(select(func.count(), func.min(since)).where(*which)).one()
        return count, 0.0 if first is None else max((now - first).total_seconds(), 0.0)

    return Load(
        *counted(jobs.c.ready_at, jobs.c.state == State.WAITING, jobs.c.ready_at <= now),
        *counted(jobs.c.started_at, jobs.c.state == State.RUNNING),
    )


def runners(connection: Connection) -> list[str]:
    """Those of the jobs that run, one for each job."""
    return list(connection.execute(select(jobs.c.runner).where(jobs.c.state == State.RUNNING)).scalars())


def listing(
    connection: Connection,
    projects: Collection[str],
    app: str | None,
    state: State | None,
    before: int | None,
    limit: int,
) -> list[Job]:
    """The newest first."""
    conditions: list[ColumnElement[bool]] = [jobs.c.project.in_(projects)]
    conditions += [jobs.c.app == app] if app is not None else []
    conditions += [jobs.c.state == state] if state is not None else []
    conditions += [jobs.c.id < before] if before is not None else []
    query = select(jobs).where(*conditions).order_by(jobs.c.id.desc()).limit(limit)
    return [job_of(row) for row in connection.execute(query)]


def projects_with_jobs(connection: Connection) -> list[str]:
    return list(connection.execute(select(jobs.c.project).distinct()).scalars())


def forget_ended(connection: Connection, before: datetime) -> None:
    """Strike out what ended before that time."""
    _forget(connection, jobs.c.ended_at < before)


def forget_project(connection: Connection, project: str) -> None:
    """Strike out all jobs of a project."""
    _forget(connection, jobs.c.project == project)


def _forget(connection: Connection, which: ColumnElement[bool]) -> None:
    """With their attempts and their logs."""
    old = select(jobs.c.id).where(which).scalar_subquery()
    connection.execute(delete(log_pieces).where(log_pieces.c.job_id.in_(old)))
    connection.execute(delete(attempts).where(attempts.c.job_id.in_(old)))
    connection.execute(delete(jobs).where(which))


def standing_of(row: Row[Any]) -> Standing:
    return Standing(
        State(row.state), row.attempts, row.most_attempts, row.fence, row.lease_until, row.ready_at, row.why
    )


def job_of(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        project=row.project,
        app=row.app,
        state=State(row.state),
        why=row.why,
        priority=row.priority,
        attempts=row.attempts,
        most_attempts=row.most_attempts,
        fence=row.fence,
        runner=row.runner,
        submitted_at=row.submitted_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=row.result,
        error=None if row.error is None else Trouble.model_validate(row.error),
        log_bytes=row.log_bytes,
    )


def _far(lease_until: datetime, ready_at: datetime) -> ColumnElement[bool]:
    running = and_(jobs.c.state == State.RUNNING, jobs.c.lease_until > lease_until)
    return or_(running, and_(jobs.c.state == State.WAITING, jobs.c.ready_at > ready_at))


def _until(rows: Any, offset: int, most_bytes: int) -> Iterator[bytes]:
    left = most_bytes
    for row in rows:
        piece = row.data[max(0, offset - row.at_byte) :]
        yield piece
        left -= len(piece)
        if left <= 0:
            return
