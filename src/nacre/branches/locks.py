"""One change at a time per branch; readers of a branch do not wait."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from nacre.core.errors import Conflict

_PATIENCE_S = 600.0


class Locks:
    def __init__(self) -> None:
        self._locks: dict[int, threading.RLock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def hold(self, *branch_ids: int, patience_s: float = _PATIENCE_S) -> Iterator[None]:
        """Hold these branches for the block; waits for whoever changes one of them now.

        Taken in the order of the ids, so that two holders of several never wait for each other. Raises Conflict
        "branch-busy" after `patience_s` seconds.
        """
        with ExitStack() as held:
            for branch_id in sorted(set(branch_ids)):
                lock = self._lock(branch_id)
                if not lock.acquire(timeout=patience_s):
                    raise Conflict(
                        "branch-busy",
                        "Another change of this branch is still under way.",
                        hint="Wait for it; `nacre status` shows what runs.",
                    )
                held.callback(lock.release)
            yield

    def _lock(self, branch_id: int) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(branch_id, threading.RLock())
