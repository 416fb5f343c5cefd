"""What statements had cost when somebody looked, so that it can be told what they have cost since."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from nacre.core.errors import NotFound
from nacre.engines.postgres.statements import Cost, Counted, Statement

_KEPT = 24
Costs = dict[tuple[int, int], Cost]


@dataclass(frozen=True)
class Look:
    branch_id: int
    time: datetime
    costs: Costs


class Looks:
    """The latest few, of all branches; one that is asked for again stays longer. Called from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Look] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, branch_id: int, time: datetime, counted: Counted) -> str:
        """Its name, for `find`."""
        name = secrets.token_urlsafe(9)
        costs = {(one.database_id, one.query_id): one.cost for one in counted.statements}
        with self._lock:
            self._kept[name] = Look(branch_id, time, costs)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return name

    def find(self, branch_id: int, name: str) -> Look:
        """Raises NotFound "look-not-found"."""
        with self._lock:
            look = self._kept.get(name)
            if look is None or look.branch_id != branch_id:
                raise NotFound(
                    "look-not-found", "That look at the statements is no longer known.", hint="Look again, from now on."
                )
            self._kept.move_to_end(name)
        return look


def since(statements: list[Statement], before: Costs) -> list[tuple[Statement, Cost]]:
    """What each has cost since; those that were not run again are left out."""
    found = []
    for one in statements:
        earlier = before.get((one.database_id, one.query_id))
        cost = one.cost if earlier is None else _less(one.cost, earlier)
        if cost.calls:
            found.append((one, cost))
    return found


def _less(now: Cost, before: Cost) -> Cost:
    """One whose counts shrank was counted from nothing again in between. The extremes are those of all time."""
    if now.calls < before.calls or now.total_ms < before.total_ms:
        return now
    return Cost(
        calls=now.calls - before.calls,
        rows=now.rows - before.rows,
        total_ms=now.total_ms - before.total_ms,
        least_ms=now.least_ms,
        most_ms=now.most_ms,
        blocks_hit=now.blocks_hit - before.blocks_hit,
        blocks_read=now.blocks_read - before.blocks_read,
        blocks_written=now.blocks_written - before.blocks_written,
        temporary_read=now.temporary_read - before.temporary_read,
        temporary_written=now.temporary_written - before.temporary_written,
        wal_bytes=now.wal_bytes - before.wal_bytes,
    )
