"""The rows of what waits and of what holds it up; every function is inside a transaction of the caller's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, or_, select, update

from nacre.core.errors import NacreError
from nacre.knowledge.access import HIDDEN
from nacre.knowledge.tables import collections, documents, holds, pending

Form = Literal["file", "text"]
WAITING, FAILED = "waiting", "failed"
EVERYBODY = ""
"""Stands for a person where a hold is on all of a collection."""


@dataclass(frozen=True)
class Entry:
    """A document as it is put in the queue."""

    collection_id: int
    source: int | None
    name: str
    metadata: Mapping[str, JsonValue]
    form: Form
    content: str
    size_bytes: int
    person: str
    asker: Mapping[str, Any]
    asked_at: datetime


def replace(connection: Connection, rows: Sequence[Row[Any]], entries: Sequence[Entry]) -> None:
    """Strike these out and put those in; what replaces one that waits keeps its place.

    Rows are new ones, so that whoever works on a former finds that it is not wanted any more.
    """
    if rows:
        connection.execute(delete(pending).where(pending.c.id.in_([row.id for row in rows])))
    if entries:
        since = {row.name: row.asked_at for row in rows if row.state == WAITING}
        connection.execute(
            insert(pending), [_values(entry, since.get(entry.name, entry.asked_at)) for entry in entries]
        )


def by_name(connection: Connection, collection_id: int, names: Collection[str]) -> dict[str, Row[Any]]:
    wanted = pending.c.collection_id == collection_id, pending.c.name.in_(names)
    return {row.name: row for row in connection.execute(select(pending).where(*wanted))}


def origins(connection: Connection, collection_id: int, names: Collection[str]) -> dict[str, str | None]:
    """What documents that are in were read from, by name."""
    wanted = documents.c.collection_id == collection_id, documents.c.name.in_(names)
    return {
        row.name: row.origin for row in connection.execute(select(documents.c.name, documents.c.origin).where(*wanted))
    }


def ready(connection: Connection, now: datetime) -> list[int]:
    """The collections in which something could be worked on now."""
    paused = _holds(now, collections.c.id, [EVERYBODY])  # or each of its rows would be looked at in vain
    due = exists().where(pending.c.collection_id == collections.c.id, *_due(now))
    found = select(collections.c.id).where(collections.c.access != HIDDEN, ~paused, due)
    return list(connection.execute(found.order_by(collections.c.id)).scalars())


def following(
    connection: Connection, collection_id: int, now: datetime, besides: Collection[int], limit: int
) -> list[Row[Any]]:
    """The next ones that could be worked on, besides those of these numbers."""
    wanted = pending.c.collection_id == collection_id, pending.c.id.not_in(besides), *_due(now)
    turn = pending.c.asked_at, pending.c.id
    return list(connection.execute(select(pending).where(*wanted).order_by(*turn).limit(limit)).all())


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When something that waits for its time can be worked on, though nothing else happens."""
    times = [
        connection.execute(select(func.min(pending.c.not_before)).where(pending.c.not_before > now)).scalar(),
        connection.execute(select(func.min(holds.c.until)).where(holds.c.until > now)).scalar(),
    ]
    return min((time for time in times if time is not None), default=None)


def finish(connection: Connection, numbers: Collection[int]) -> set[int]:
    """They are done with; those that were still there, which nobody replaced or cleared meanwhile."""
    return set(connection.execute(delete(pending).where(pending.c.id.in_(numbers)).returning(pending.c.id)).scalars())


def fail(connection: Connection, number: int, error: NacreError) -> None:
    connection.execute(update(pending).where(pending.c.id == number).values(state=FAILED, **_told(error)))


def put_back(connection: Connection, number: int, error: NacreError, attempts: int, not_before: datetime) -> None:
    again = update(pending).where(pending.c.id == number)
    connection.execute(again.values(attempts=attempts, not_before=not_before, **_told(error)))


def retry(connection: Connection, collection_id: int, name: str | None) -> int:
    """Those that failed, or wait for their time, can be worked on at once; how many."""
    wanted = [
        pending.c.collection_id == collection_id,
        or_(pending.c.state == FAILED, pending.c.not_before.is_not(None)),
    ]
    if name is not None:
        wanted.append(pending.c.name == name)
    fresh = dict.fromkeys(("not_before", "code", "error", "hint"))
    return connection.execute(update(pending).where(*wanted).values(state=WAITING, attempts=0, **fresh)).rowcount


def clear(connection: Connection, collection_id: int, name: str | None) -> int:
    """Strike out one, or all; how many."""
    wanted = [pending.c.collection_id == collection_id]
    if name is not None:
        wanted.append(pending.c.name == name)
    return connection.execute(delete(pending).where(*wanted)).rowcount


def hold(
    connection: Connection,
    collection_id: int,
    person: str,
    error: NacreError,
    until: datetime | None,
    by: str,
    now: datetime,
) -> None:
    """Nothing of this person's (or EVERYBODY's) is worked on before `until`, or before it is let go."""
    which = and_(holds.c.collection_id == collection_id, holds.c.person == person)
    times = connection.execute(select(holds.c.times).where(which)).scalar() or 0
    connection.execute(delete(holds).where(which))
    connection.execute(
        insert(holds).values(
            collection_id=collection_id, person=person, until=until, code=error.code, reason=error.message,
            hint=error.hint, times=times + 1, held_by=by, held_at=now,
        )
    )  # fmt: skip


def let_go(connection: Connection, collection_id: int, *, only_passing: bool = False, code: str | None = None) -> int:
    """Nothing holds it up any more, or nothing that passes by itself, or of this code; how many holds there were."""
    wanted = [holds.c.collection_id == collection_id]
    if code is not None:
        wanted.append(holds.c.code == code)
    if only_passing:
        wanted.append(holds.c.until.is_not(None))
    return connection.execute(delete(holds).where(*wanted)).rowcount


def held(connection: Connection, collection_id: int) -> list[Row[Any]]:
    return list(
        connection.execute(select(holds).where(holds.c.collection_id == collection_id).order_by("person")).all()
    )


def named(connection: Connection, contents: Collection[str] | None) -> set[str]:
    """Which of these digests (of all, for None) a row needs."""
    wanted = select(pending.c.content).distinct()
    if contents is not None:
        wanted = wanted.where(pending.c.content.in_(contents))
    return set(connection.execute(wanted).scalars())


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    held = _holds(now, pending.c.collection_id, [EVERYBODY, pending.c.person])
    return pending.c.state == WAITING, or_(pending.c.not_before.is_(None), pending.c.not_before <= now), ~held


def _holds(now: datetime, collection: ColumnElement[int], persons: Sequence[Any]) -> ColumnElement[bool]:
    """Whether something holds up one of these persons in a collection."""
    still = or_(holds.c.until.is_(None), holds.c.until > now)
    return exists().where(holds.c.collection_id == collection, holds.c.person.in_(persons), still)


def _values(entry: Entry, since: datetime) -> dict[str, Any]:
    return asdict(entry) | {"state": WAITING, "attempts": 0, "asked_at": since}


def _told(error: NacreError) -> dict[str, str]:
    return {"code": error.code, "error": error.message, "hint": error.hint}
