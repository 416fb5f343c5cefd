"""Who uses which workspace now, and since when nobody does."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Uses:
    """Thread-safe. A use is a moment (`touch`) or lasts for a block (`using`)."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lasting: Counter[int] = Counter()
        self._last_s: dict[int, float] = {}
        self._lock = threading.Lock()

    def touch(self, workspace: int) -> None:
        with self._lock:
            self._last_s[workspace] = self._now_s()

    @contextmanager
    def using(self, workspace: int) -> Iterator[None]:
        """For the block, and at its end anew, the workspace counts as used."""
        with self._lock:
            self._lasting[workspace] += 1
        try:
            yield
        finally:
            with self._lock:
                self._lasting[workspace] -= 1
                self._last_s[workspace] = self._now_s()

    def idle_s(self, workspace: int) -> float:
        """Seconds since the last use; 0 while one lasts, and for a workspace never heard of, which starts to count."""
        with self._lock:
            if self._lasting[workspace] > 0:
                return 0.0
            return self._now_s() - self._last_s.setdefault(workspace, self._now_s())

    def forget(self, workspace: int) -> None:
        with self._lock:
            self._last_s.pop(workspace, None)
