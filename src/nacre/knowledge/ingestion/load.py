"""What waits to be added to each collection, in numbers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from nacre.knowledge.access import HIDDEN
from nacre.knowledge.ingestion.book import WAITING
from nacre.knowledge.tables import collections, holds, pending


@dataclass
class Load:
    """`held`: something holds up what waits, be it one person's or everybody's."""

    waiting: int = 0
    waiting_longest_s: float = 0.0
    failed: int = 0
    held: bool = False


def loads(connection: Connection, now: datetime) -> dict[str, Load]:
    """By the names of all collections."""
    found: dict[int, Load] = defaultdict(Load)
    # In this order the index has it all.
    key = pending.c.collection_id, pending.c.state
    for row in connection.execute(
        select(*key, func.count().label("many"), func.min(pending.c.asked_at).label("first")).group_by(*key)
    ):
        load = found[row.collection_id]
        if row.state == WAITING:
            load.waiting, load.waiting_longest_s = row.many, max((now - row.first).total_seconds(), 0.0)
        else:
            load.failed = row.many
    for id_ in connection.execute(
        select(holds.c.collection_id).where(or_(holds.c.until.is_(None), holds.c.until > now))
    ).scalars():
        found[id_].held = True
    names = connection.execute(select(collections.c.id, collections.c.name).where(collections.c.access != HIDDEN))
    return {row.name: found[row.id] for row in names}
