"""Clusters that nobody uses: told of as they were last found, as long as their processes say that nobody came.

A session kept in each would hold some megabytes of memory there for nothing; to make one for each look would take more
of processors than all else together.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nacre.engines.postgres.health import Health
from nacre.engines.postgres.pulse import Pulse, feel, feel_of, was_used

STILL_FOR_S = 300.0
"""After so long without anybody it is at rest."""

_GOOD_FOR_S = 300.0
"""After so long it is asked anyway, by a session for that alone: what came and went unnoticed is found then."""


@dataclass(frozen=True)
class _Found:
    """`pulse` is of just before it was asked: whoever came after that either was seen by its answer, or comes anew."""

    health: Health
    asked_s: float
    pulse: Pulse | None
    still_since_s: float


@dataclass
class Resting:
    """For one thread, by the number of each cluster. `steady_s` only goes forward."""

    steady_s: Callable[[], float] = time.monotonic
    _found: dict[int, _Found] = field(default_factory=dict)
    _felt: dict[int, Pulse | None] = field(default_factory=dict)

    def known(self, there: Collection[int]) -> dict[int, Health]:
        """Of those that are there now: how those are that are at rest, and need not be asked."""
        self._found = {id_: found for id_, found in self._found.items() if id_ in there}
        self._felt = {id_: feel(found.pulse.postmaster) for id_, found in self._found.items() if found.pulse}
        return {id_: found.health for id_, found in self._found.items() if self._goes_on(found, self._felt.get(id_))}

    def note(self, id_: int, health: Health, session: int) -> bool:
        """What one that was not known said just now, by a session whose process this is; whether it is at rest, and
        the session of no use any more."""
        now_s, before, pulse = self.steady_s(), self._found.get(id_), self._felt.get(id_)
        if before is not None and _is_still(before, health, pulse):
            since_s = before.still_since_s
        else:
            since_s, pulse = now_s, feel_of(session)
        self._found[id_] = _Found(health, now_s, pulse, since_s)
        return now_s - since_s >= STILL_FOR_S

    def _goes_on(self, found: _Found, pulse: Pulse | None) -> bool:
        now_s = self.steady_s()
        return (
            found.asked_s - found.still_since_s >= STILL_FOR_S
            and now_s - found.asked_s < _GOOD_FOR_S
            and _nobody_came(found.pulse, pulse)
        )


def _is_still(before: _Found, health: Health, pulse: Pulse | None) -> bool:
    """Nobody is there, nobody was, and nothing moves that would have to be watched."""
    then = before.health
    return (
        health.connections == health.blocked_longest_s == 0
        and health.wal_written_bytes == then.wal_written_bytes
        and health.archive_waiting_bytes == then.archive_waiting_bytes
        and health.archive_failed == then.archive_failed
        and _nobody_came(before.pulse, pulse)
    )


def _nobody_came(before: Pulse | None, pulse: Pulse | None) -> bool:
    return before is not None and pulse is not None and not was_used(before, pulse)
