"""The rows of sources and of what was found in them; every function is inside a transaction of the caller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, exists, func, insert, literal, or_, select, update

from nacre.core.errors import NotFound
from nacre.knowledge.tables import collections, documents, pending, source_items, sources

_NAMES_AT_ONCE = 1000
LEFT_OUT = "left-out"
ON, PAUSED, STOPPED = "on", "paused", "stopped"


@dataclass(frozen=True)
class Seen:
    """What became of an item: it was handed over, or `code` and `why` tell why not."""

    name: str
    fingerprint: str
    code: str | None = None
    why: str | None = None


def add(connection: Connection, **values: Any) -> int:
    return int(connection.execute(insert(sources).values(**values).returning(sources.c.id)).scalar_one())


def named(connection: Connection, collection: Row[Any], name: str) -> Row[Any]:
    """Raises NotFound "source-not-found"."""
    wanted = sources.c.collection_id == collection.id, sources.c.name == name
    row = connection.execute(_COUNTED.where(*wanted)).one_or_none()
    if row is None:
        raise NotFound(
            "source-not-found",
            f"“{collection.name}” has no source “{name}”.",
            hint=f"`nacre knowledge source list {collection.name}` shows those that it has.",
        )
    return row


def of(connection: Connection, collection_id: int) -> list[Row[Any]]:
    wanted = _COUNTED.where(sources.c.collection_id == collection_id).order_by(sources.c.name)
    return list(connection.execute(wanted).all())


def numbered(connection: Connection, number: int) -> Row[Any] | None:
    """With the name of its collection."""
    named = select(sources, collections.c.name.label("collection")).join(collections)
    return connection.execute(named.where(sources.c.id == number)).one_or_none()


def working(connection: Connection) -> list[Row[Any]]:
    """What says whether a source is to be looked at, of all that are on."""
    columns = "id", "kind", "settings", "position", "every_s", "looked_at", "in_step_at"
    return list(connection.execute(select(*(sources.c[one] for one in columns)).where(sources.c.state == ON)).all())


def change(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(sources).where(sources.c.id == number).values(**values))


def stop_of_branch(connection: Connection, branch_id: int, why: str) -> None:
    stopping = (
        update(sources).where(sources.c.branch_id == branch_id).values(state=STOPPED, trouble=why, branch_id=None)
    )
    connection.execute(stopping)


def remove(connection: Connection, number: int) -> None:
    connection.execute(delete(sources).where(sources.c.id == number))


def known(connection: Connection, source: Row[Any]) -> dict[str, Seen]:
    """By name. What was handed over, and neither waits nor is in, is known no more: somebody deleted it."""
    name = literal(f"{source.name}/") + source_items.c.name
    is_there = or_(
        source_items.c.code.is_not(None),
        *(
            exists().where(one.c.collection_id == source.collection_id, one.c.name == name)
            for one in (documents, pending)
        ),
    )
    wanted = select(source_items).where(source_items.c.source_id == source.id, is_there)
    return {row.name: Seen(row.name, row.fingerprint, row.code, row.why) for row in connection.execute(wanted)}


def note(connection: Connection, number: int, seen: Sequence[Seen]) -> None:
    if not seen:
        return
    forget(connection, number, [one.name for one in seen])
    connection.execute(insert(source_items), [{"source_id": number, **vars(one)} for one in seen])


def forget(connection: Connection, number: int, names: Sequence[str]) -> None:
    for first in range(0, len(names), _NAMES_AT_ONCE):
        some = source_items.c.name.in_(names[first : first + _NAMES_AT_ONCE])
        connection.execute(delete(source_items).where(source_items.c.source_id == number, some))


def refused(connection: Connection, number: int, limit: int) -> list[Row[Any]]:
    """What could not be taken, by name; what is left out on purpose is none of it."""
    wanted = select(source_items).where(_is_refused(), source_items.c.source_id == number)
    return list(connection.execute(wanted.order_by(source_items.c.name).limit(limit)).all())


def handed_over(connection: Connection, number: int) -> list[str]:
    wanted = source_items.c.source_id == number, source_items.c.code.is_(None)
    return list(connection.execute(select(source_items.c.name).where(*wanted)).scalars())


def _is_refused() -> Any:
    return and_(source_items.c.code.is_not(None), source_items.c.code != LEFT_OUT)


def _count(what: Any) -> Any:
    counted = select(func.coalesce(func.sum(case((what, 1), else_=0)), 0))
    return counted.where(source_items.c.source_id == sources.c.id).scalar_subquery()


_COUNTED = select(
    sources,
    _count(source_items.c.code.is_(None)).label("documents"),
    _count(_is_refused()).label("refused"),
    _count(source_items.c.code == LEFT_OUT).label("left_out"),
)
