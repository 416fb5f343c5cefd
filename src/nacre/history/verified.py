"""When the kept history of each branch was last read as a whole, and how much was wrong with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from nacre.core.clock import Clock
from nacre.core.store.store import Store
from nacre.history.tables import verifications


@dataclass(frozen=True)
class Verification:
    time: datetime
    faults: int


@dataclass(frozen=True)
class Verifications:
    """Only the last of each branch. Called from any thread."""

    store: Store
    clock: Clock

    def note(self, branch_id: int, faults: int) -> None:
        with self.store.write() as connection:
            connection.execute(delete(verifications).where(verifications.c.branch_id == branch_id))
            connection.execute(insert(verifications).values(branch_id=branch_id, time=self.clock(), faults=faults))

    def last(self, branch_id: int) -> Verification | None:
        query = select(verifications.c.time, verifications.c.faults).where(verifications.c.branch_id == branch_id)
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Verification(row.time, row.faults)
