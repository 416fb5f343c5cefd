"""The audit log: who asked for what, and what came of it. Written before the work starts, completed after."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Float, Integer, Table, Text, func, insert, select, update

from nacre.core.clock import Clock
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime, metadata

audit_table = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", UtcTime, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("project", Text),
    Column("branch", Text),
    Column("arguments", JSON, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text),
    Column("seconds", Float),
    Column("ended", Integer, index=True),
)
"""`ended` counts entries in the order in which it was known what came of them: each can be told of just once."""


_LAST = select(func.coalesce(func.max(audit_table.c.ended), 0)).scalar_subquery()
_NEXT = _LAST + 1


class AuditEntry(Answer):
    """`outcome` is started (still running, or the daemon died in it), done, refused or failed; `code` the error's."""

    id: int
    time: datetime
    who: str
    surface: str
    operation: str
    project: str | None
    branch: str | None = None
    arguments: dict[str, Any]
    request_id: str
    outcome: str
    code: str | None
    seconds: float | None


class Ended(AuditEntry):
    """One of which it is known what came; `ended` is its place in the order of that, from 1 on."""

    ended: int


class Audit:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(
        self,
        who: Principal,
        surface: str,
        operation: str,
        project: str | None,
        arguments: dict[str, Any],
        request_id: str,
        branch: str | None = None,
    ) -> int:
        """Write the entry before the work starts and return its id."""
        with self._store.write() as connection:
            entry = connection.execute(
                insert(audit_table)
                .values(
                    time=self._clock(),
                    who=str(who),
                    surface=surface,
                    operation=operation,
                    project=project,
                    branch=branch,
                    arguments=arguments,
                    request_id=request_id,
                    outcome="started",
                )
                .returning(audit_table.c.id)
            )
            return int(entry.scalar_one())

    def note(
        self,
        who: str,
        surface: str,
        operation: str,
        arguments: dict[str, Any],
        request_id: str,
        outcome: str,
        code: str | None = None,
    ) -> None:
        """Write down at once what is no operation: a sign-in, say."""
        with self._store.write() as connection:
            connection.execute(
                insert(audit_table).values(
                    time=self._clock(),
                    who=who,
                    surface=surface,
                    operation=operation,
                    arguments=arguments,
                    request_id=request_id,
                    outcome=outcome,
                    code=code,
                    ended=_NEXT,
                )
            )

    def end(self, entry: int, outcome: str, code: str | None, seconds: float) -> None:
        with self._store.write() as connection:
            connection.execute(
                update(audit_table)
                .where(audit_table.c.id == entry)
                .values(outcome=outcome, code=code, seconds=seconds, ended=_NEXT)
            )

    def cut_off(self) -> None:
        """To be called before anything is asked of a daemon: what is under way in the audit ended with the last one."""
        under_way = select(audit_table.c.id).where(audit_table.c.outcome == "started", audit_table.c.ended.is_(None))
        with self._store.write() as connection:
            for entry in connection.execute(under_way.order_by(audit_table.c.id)).scalars().all():
                connection.execute(update(audit_table).where(audit_table.c.id == entry).values(ended=_NEXT))

    def last_ended(self) -> int:
        """How many there are of which it is known what came."""
        with self._store.read() as connection:
            return int(connection.execute(select(_LAST)).scalar_one())

    def ended_after(self, ended: int, most: int) -> list[Ended]:
        """Entries of which that was known later than of this one, in that order."""
        query = select(audit_table).where(audit_table.c.ended > ended).order_by(audit_table.c.ended).limit(most)
        with self._store.read() as connection:
            return [Ended.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def entries(
        self,
        limit: int,
        project: str | None = None,
        before: int | None = None,
        *,
        who: str | None = None,
        operation: str | None = None,
        outcome: str | None = None,
    ) -> list[AuditEntry]:
        """The newest entries first, at most `limit`, older than entry `before` when given.

        `who` is a caller as written there (person:ann) or the name alone; `operation` one operation or, as in
        “person”, all below it.
        """
        query = select(audit_table).order_by(audit_table.c.id.desc()).limit(limit)
        if project is not None:
            query = query.where(audit_table.c.project == project)
        if before is not None:
            query = query.where(audit_table.c.id < before)
        if who is not None:
            column = audit_table.c.who
            query = query.where(
                column == who if ":" in who else func.substr(column, func.instr(column, ":") + 1) == who
            )
        if operation is not None:
            below = func.substr(audit_table.c.operation, 1, len(operation) + 1) == f"{operation}."
            query = query.where((audit_table.c.operation == operation) | below)
        if outcome is not None:
            query = query.where(audit_table.c.outcome == outcome)
        with self._store.read() as connection:
            return [AuditEntry.model_validate(dict(row._mapping)) for row in connection.execute(query)]
