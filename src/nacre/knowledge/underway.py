"""How far the vectors of another model are that are being made for a collection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from nacre.core.operations import Answer
from nacre.knowledge.tables import passages, reembeddings


class Underway(Answer):
    """`done` of `total` passages have a vector of `model`.

    "paused": it did not get on because of `error`, and tries again at `again_at`; "stopped": the same, and somebody has
    to have it go on.
    """

    model: str
    dimension: int
    state: Literal["working", "paused", "stopped"]
    done: int
    total: int
    error: str | None
    hint: str | None
    again_at: datetime | None
    started_by: str
    started_at: datetime


def underway(connection: Connection, numbers: Sequence[int]) -> dict[int, Underway]:
    """Of those of these collections for which some are being made."""
    of = passages.c.collection_id == reembeddings.c.collection_id
    total = select(func.count()).where(of).scalar_subquery()
    done = select(func.count()).where(of, passages.c.id <= reembeddings.c.done_to).scalar_subquery()
    rows = connection.execute(
        select(reembeddings, total.label("total"), done.label("done")).where(reembeddings.c.collection_id.in_(numbers))
    )
    return {
        row.collection_id: Underway(
            model=row.model,
            dimension=row.dimension,
            state="working" if row.error is None else "stopped" if row.again_at is None else "paused",
            done=row.done,
            total=row.total,
            error=row.error,
            hint=row.hint,
            again_at=row.again_at,
            started_by=row.started_by,
            started_at=row.started_at,
        )
        for row in rows
    }
