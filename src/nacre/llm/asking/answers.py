"""Answers that were given to a statement, as long as nothing in the database has changed since."""

import time
from collections import OrderedDict

from nacre.llm.asking.guard.resolved import Connection
from nacre.llm.asking.running import Result

_MOST = 200
_LIVES_S = 60.0
"""Statements about the present (now(), current_date) change their answer without a change of the data."""

Key = tuple[str, str, str, str, int]


class Answers:
    """Of one side-car. The key is who asked what: site, database, role, statement, rows at most."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[str, float, Result]] = OrderedDict()

    def get(self, key: Key, state: str) -> Result | None:
        found = self._kept.get(key)
        if found is None or found[0] != state or time.monotonic() - found[1] > _LIVES_S:
            return None
        self._kept.move_to_end(key)
        return found[2]

    def put(self, key: Key, state: str, result: Result) -> None:
        self._kept[key] = (state, time.monotonic(), result)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)


async def state_of(connection: Connection) -> str:
    """What changes with every transaction that writes anything in the cluster. (pg_current_snapshot)"""
    row = await (await connection.execute("SELECT pg_catalog.pg_current_snapshot()::text")).fetchone()
    assert row is not None
    return str(row[0])
