"""Places for those who stay for as long as they like: so many in all, and no more for one person than half of them."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from nacre.core.errors import NacreError
from nacre.core.principals import Principal


class Places:
    """Thread-safe. Half of them are for one person."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one(self, who: Principal, full: NacreError) -> Iterator[None]:
        """Raises `full` where there is none for this person."""
        person = who.person or str(who)
        with self._lock:
            if self._taken.total() >= self.most or self._taken[person] >= self.most // 2:
                raise full
            self._taken[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= Counter((person,))
