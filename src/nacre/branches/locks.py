"""One change at a time per branch; readers of a branch do not wait."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager

from nacre.core.errors import Conflict
from nacre.core.names import Ref

PATIENCE_S = 600.0


class Locks:
    def __init__(self) -> None:
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def hold(self, *refs: Ref, patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Hold these branches, which need not exist, for the block; waits for whoever changes one of them now.

        Taken in the order of their names, so that two holders of several never wait for each other. Raises Conflict
        "branch-busy" after `patience_s` seconds.
        """
        with ExitStack() as held:
            for ref in sorted(set(refs)):
                lock = self._lock(str(ref))
                if not (lock.acquire(blocking=False) or self._wait(str(ref), lock, patience_s)):
                    raise Conflict(
                        "branch-busy",
                        f"Another change of {ref} is still under way.",
                        hint="Wait for it; `nacre status` shows what runs.",
                    )
                held.callback(lock.release)
            yield

    def wanted(self, ref: Ref) -> bool:
        """Whether somebody waits for the branch."""
        return self._waiting[str(ref)] > 0

    @contextmanager
    def hold_all(self, refs: Callable[[], Collection[Ref]], patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Hold all the branches that `refs` names, also when they became more or fewer while we waited."""
        while True:
            wanted = set(refs())
            with self.hold(*wanted, patience_s=patience_s):
                if set(refs()) == wanted:
                    yield
                    return

    def _wait(self, name: str, lock: threading.RLock, patience_s: float) -> bool:
        with self._guard:
            self._waiting[name] += 1
        try:
            return lock.acquire(timeout=patience_s)
        finally:
            with self._guard:
                self._waiting[name] -= 1

    def _lock(self, name: str) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(name, threading.RLock())
