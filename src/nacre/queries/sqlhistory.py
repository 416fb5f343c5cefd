"""What a person ran as SQL on a branch, for that person alone: sealed, and only the newest kept."""

import re
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
)

from nacre.branches.catalog import Catalog
from nacre.core.clock import Clock
from nacre.core.events import Event, EventBus
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Kind, Principal
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime, metadata

KEPT = 500
LONGEST_KEPT = 100_000
_WITH_KEY = re.compile(r"add_model", re.IGNORECASE)

sql_history = Table(
    "sql_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("command", Text, nullable=False),
    Column("at", Text),
    Column("rows", Integer),
    Column("seconds", Float, nullable=False),
    Column("error", Text),
    Index("ix_sql_history_person_branch", "person", "branch_id"),
)


class SqlRan(Answer):
    """`at` is the moment that was asked, None for the present; `error` the code it failed with."""

    id: int
    time: datetime
    command: str
    at: str | None
    rows: int | None
    seconds: float
    error: str | None


class SqlHistory:
    def __init__(self, catalog: Catalog, store: Store, box: SecretBox, clock: Clock) -> None:
        self._catalog = catalog
        self._store = store
        self._box = box
        self._clock = clock

    def note(
        self,
        who: Principal,
        ref: Ref,
        command: str,
        at: str | None,
        rows: int | None,
        seconds: float,
        error: str | None,
    ) -> None:
        """Keep what a person ran. Not kept are programs' SQL, what is longer than 100,000 characters, and what may hold
        the key of a model."""
        if who.kind not in (Kind.OWNER, Kind.PERSON) or len(command) > LONGEST_KEPT or _WITH_KEY.search(command):
            return
        branch_id = self._catalog.branch(ref).id
        own = _own(who, branch_id)
        with self._store.write() as connection:
            connection.execute(
                insert(sql_history).values(
                    person=_person(who),
                    branch_id=branch_id,
                    time=self._clock(),
                    command=self._box.seal(command, _purpose(who)),
                    at=at,
                    rows=rows,
                    seconds=seconds,
                    error=error,
                )
            )
            newest = select(sql_history.c.id).where(own).order_by(sql_history.c.id.desc()).offset(KEPT).limit(1)
            oldest = connection.execute(newest).scalar()
            if oldest is not None:
                connection.execute(delete(sql_history).where(own, sql_history.c.id <= oldest))

    def listing(self, who: Principal, ref: Ref, limit: int, before: int | None) -> list[SqlRan]:
        """The caller's own, newest first."""
        query = (
            select(sql_history)
            .where(_own(who, self._catalog.branch(ref).id))
            .order_by(sql_history.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(sql_history.c.id < before)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return [
            SqlRan(
                id=row.id, time=row.time, command=self._box.open(row.command, _purpose(who)), at=row.at, rows=row.rows,
                seconds=row.seconds, error=row.error,
            )
            for row in rows
        ]  # fmt: skip

    def forget(self, who: Principal, ref: Ref) -> int:
        """Strike out all that the caller ran on a branch; how many."""
        own = _own(who, self._catalog.branch(ref).id)
        with self._store.write() as connection:
            gone = connection.execute(delete(sql_history).where(own))
        return gone.rowcount

    def watch(self, bus: EventBus) -> None:
        """From now on, strike out what people ran who are removed: a name that is given again is another person's."""

        def listener(event: Event) -> None:
            if event.type == "person.remove":
                with self._store.write() as connection:
                    connection.execute(delete(sql_history).where(sql_history.c.person == event.data["name"]))

        bus.listen(listener)


def _own(who: Principal, branch_id: int) -> ColumnElement[bool]:
    return and_(sql_history.c.person == _person(who), sql_history.c.branch_id == branch_id)


def _person(who: Principal) -> str:
    return who.person or who.name


def _purpose(who: Principal) -> str:
    return f"SQL history of {_person(who)}"
