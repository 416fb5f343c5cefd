"""Failed sign-ins: after a few in a row the next must wait, ever longer, up to a quarter of an hour.

They are counted by account and by address. Anybody can fail on anybody's account, so a browser that the person has
signed in with before has a count of its own and waits for no one else's failures: nobody can be locked out by others
(OWASP, “Slow down online guessing attacks with device cookies”). A one-time link is not counted at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from nacre.accounts.tables import attempts
from nacre.core.clock import Clock
from nacre.core.errors import TooOften
from nacre.core.store.store import Store

_FREE = {"account": 5, "device": 5, "address": 20}
_LONGEST_WAIT = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(days=1)


class WaitFirst(TooOften):
    """Raised as "too-many-attempts"; `fresh` when this wait had not been told before."""

    def __init__(self, wait: timedelta, fresh: bool) -> None:
        seconds = max(1, round(wait.total_seconds()))
        super().__init__(
            "too-many-attempts",
            f"Too many failed sign-ins: the next try is in {_in_words(seconds)}.",
            hint="An admin can make you a one-time link, which works at once: `nacre person reset-link NAME`.",
            wait_s=seconds,
        )
        self.fresh = fresh


def wait_after(failures: int, free: int) -> timedelta:
    """How long after the last of so many failures in a row the next try must wait: 1, 2, 4 … s beyond the free ones."""
    if failures < free:
        return timedelta(0)
    return min(_LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free, 30)))


def key(kind: str, of: str) -> str:
    """`kind` is one of account, device, address."""
    return f"{kind}:{of}"


class Attempts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, keys: Sequence[str]) -> None:
        """Count a failure for each key before the work starts, so that parallel tries count too; `passed` takes back.

        Raises WaitFirst, and counts nothing, while one of the keys must wait.
        """
        now = self._clock()
        with self._store.write() as connection:
            connection.execute(delete(attempts).where(attempts.c.last_at < now - _FORGOTTEN_AFTER))
            rows = {row.key: row for row in connection.execute(select(attempts).where(attempts.c.key.in_(keys)))}
            waiting = {row.key: until - now for row in rows.values() if (until := _free_at(row)) > now}
            if waiting:
                fresh = any(not rows[each].told for each in waiting)
                if fresh:
                    connection.execute(update(attempts).where(attempts.c.key.in_(waiting)).values(told=True))
            else:
                for each in keys:
                    if each in rows:
                        counted = update(attempts).where(attempts.c.key == each)
                        connection.execute(counted.values(failures=attempts.c.failures + 1, last_at=now, told=False))
                    else:
                        connection.execute(insert(attempts).values(key=each, failures=1, last_at=now, told=False))
        if waiting:
            raise WaitFirst(max(waiting.values()), fresh)

    def passed(self, keys: Sequence[str]) -> None:
        """A sign-in succeeded: what failed before on this account or browser is forgotten.

        Of an address only this try is: else whoever has an account could guess at others' in between.
        """
        with self._store.write() as connection:
            for each in keys:
                if each.startswith("address:"):
                    connection.execute(
                        update(attempts).where(attempts.c.key == each).values(failures=attempts.c.failures - 1)
                    )
                else:
                    connection.execute(delete(attempts).where(attempts.c.key == each))


def _free_at(row: Row[Any]) -> datetime:
    kind = row.key.partition(":")[0]
    last: datetime = row.last_at
    return last + wait_after(row.failures, _FREE[kind])


def _in_words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
