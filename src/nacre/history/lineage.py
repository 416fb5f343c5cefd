"""Which generation was a branch's database when, and how generations descend from one another."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.history.tables import activations


@dataclass(frozen=True)
class Activation:
    """From `since` until the branch's next activation, `generation_id` was live.

    It was shut down at `since_lsn` before; what it committed since its birth until there is Nacre's own doing.
    """

    id: int
    branch_id: int
    generation_id: int
    since: datetime
    since_lsn: int


@dataclass(frozen=True)
class Leg:
    """A part of a chain: `generation` counts up to `until_lsn` (None: to its end)."""

    generation: Generation
    until_lsn: int | None


class Lineage:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def activations(self, branch_id: int) -> list[Activation]:
        """Oldest first."""
        query = select(activations).where(activations.c.branch_id == branch_id).order_by(activations.c.id)
        with self._catalog.store.read() as connection:
            return [_activation(row) for row in connection.execute(query)]

    def live_at(self, branch: Branch, time: datetime) -> Activation | None:
        """The activation in force at `time`, or None before the branch's first."""
        before = [activation for activation in self.activations(branch.id) if activation.since <= time]
        return before[-1] if before else None

    def activate(self, connection: Connection, branch_id: int, generation_id: int, since: datetime, lsn: int) -> None:
        """Record, inside the caller's transaction, that a generation goes live."""
        values = {"branch_id": branch_id, "generation_id": generation_id, "since": since, "since_lsn": lsn}
        connection.execute(insert(activations).values(**values))

    def take_back(self, connection: Connection, branch_id: int, generation_id: int) -> None:
        """Forget, inside the caller's transaction, the branch's newest activation, if it is of that generation."""
        newest = select(func.max(activations.c.id)).where(activations.c.branch_id == branch_id).scalar_subquery()
        connection.execute(
            delete(activations).where(activations.c.id == newest, activations.c.generation_id == generation_id)
        )

    def chain(self, generation_id: int) -> list[Leg]:
        """From the first ancestor to the generation itself."""
        legs: list[Leg] = []
        generation: Generation | None = self._catalog.generation(generation_id)
        until: int | None = None
        while generation is not None:
            legs.append(Leg(generation, until))
            until = generation.start_lsn
            parent_id = generation.parent_id
            generation = self._catalog.generation(parent_id) if parent_id is not None else None
        return legs[::-1]


def fork_of(a: list[Leg], b: list[Leg]) -> int:
    """How many legs of `a` it shares with `b`; the last one shared is where the two part (0: they are unrelated)."""
    shared = 0
    for ours, theirs in zip(a, b, strict=False):
        if ours.generation.id != theirs.generation.id:
            break
        shared += 1
    return shared


def _activation(row: Row[tuple[object, ...]]) -> Activation:
    return Activation(**row._mapping)
