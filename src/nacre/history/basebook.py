"""The rows of bases: which copies of a cluster exist to recover from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from nacre.core.store.store import Store
from nacre.history.tables import bases


@dataclass(frozen=True)
class BaseRow:
    """A base of a generation: recoverable to any position from `end_lsn` on, by replaying WAL from `redo_lsn`."""

    id: int
    generation_id: int
    number: int
    state: str
    method: str
    redo_lsn: int
    end_lsn: int
    taken_at: datetime
    bytes_copied: int
    seconds: float
    detail: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        return int(self.detail.get("size_bytes", 0))

    @property
    def replay_from(self) -> int:
        """A base by the backup API brings no WAL of its own; the others bring theirs, up to their end."""
        return self.redo_lsn if self.detail.get("method") == "backup" else self.end_lsn


class Basebook:
    def __init__(self, store: Store) -> None:
        self._store = store

    def ready(self, generation_id: int) -> list[BaseRow]:
        """The usable bases of a generation, oldest first."""
        return [base for base in self.all(generation_id) if base.state == "ready"]

    def all(self, generation_id: int) -> list[BaseRow]:
        """All bases of a generation, half-taken and half-removed ones included, oldest first."""
        query = select(bases).where(bases.c.generation_id == generation_id).order_by(bases.c.number)
        with self._store.read() as connection:
            return [_base(row) for row in connection.execute(query)]

    def damaged(self, generation_id: int) -> list[BaseRow]:
        """Bases of a generation that were found damaged and set aside, oldest first."""
        return [base for base in self.all(generation_id) if base.state == "damaged"]

    def unsettled(self) -> list[BaseRow]:
        """Bases whose taking or removing was cut off."""
        with self._store.read() as connection:
            return [
                _base(row) for row in connection.execute(select(bases).where(bases.c.state.in_(("taking", "deleting"))))
            ]

    def claim(self, generation_id: int, method: str, taken_at: datetime) -> BaseRow:
        """Reserve the next number, in state “taking”."""
        with self._store.write() as connection:
            newest = connection.execute(select(func.max(bases.c.number)).where(bases.c.generation_id == generation_id))
            row = connection.execute(
                insert(bases)
                .values(
                    generation_id=generation_id,
                    number=(newest.scalar() or 0) + 1,
                    state="taking",
                    method=method,
                    taken_at=taken_at,
                )
                .returning(bases)
            ).one()
        return _base(row)

    def settle(self, base_id: int, **values: object) -> BaseRow:
        """Fill in what taking it showed and make it usable."""
        with self._store.write() as connection:
            row = connection.execute(
                update(bases).where(bases.c.id == base_id).values(state="ready", **values).returning(bases)
            ).one()
        return _base(row)

    def note(self, base_id: int, detail: dict[str, Any]) -> None:
        """Replace what is noted about a base, if it is still there to be used."""
        with self._store.write() as connection:
            connection.execute(
                update(bases).where(bases.c.id == base_id, bases.c.state == "ready").values(detail=detail)
            )

    def condemn(self, base_id: int) -> None:
        """Mark it as being removed: from now on nothing recovers from it."""
        with self._store.write() as connection:
            connection.execute(update(bases).where(bases.c.id == base_id).values(state="deleting"))

    def set_aside(self, base_id: int, detail: dict[str, Any]) -> bool:
        """Mark it as damaged: nothing recovers from it, and it stays. Returns whether it was there to be marked."""
        kept = bases.c.state.in_(("ready", "damaged"))
        with self._store.write() as connection:
            marked = connection.execute(
                update(bases).where(bases.c.id == base_id, kept).values(state="damaged", detail=detail)
            )
        return marked.rowcount > 0

    def forget(self, base_id: int) -> None:
        with self._store.write() as connection:
            connection.execute(delete(bases).where(bases.c.id == base_id))


def _base(row: Row[tuple[object, ...]]) -> BaseRow:
    values = dict(row._mapping)
    for name, empty in (("redo_lsn", 0), ("end_lsn", 0), ("bytes_copied", 0), ("seconds", 0.0), ("detail", {})):
        values[name] = empty if values[name] is None else values[name]
    return BaseRow(**values)
