"""How much coarse searches find of what exact ones do: measured on live queries, one in many, beside their answers."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from nacre.core.operations import Answer

_ONE_IN = 50
_KEPT = 200


class Recall(Answer):
    """The share of the exact best that coarse searches found, on average of `samples`, the latest of all queries."""

    share: float
    samples: int


class Sampler:
    """For the collections of a daemon, by their numbers. `one_in`: how many queries there are to each that is compared,
    of which the first is one."""

    def __init__(self, one_in: int = _ONE_IN) -> None:
        self._one_in = one_in
        self._asked: dict[int, int] = {}
        self._shares: dict[int, deque[float]] = {}
        self._lock = threading.Lock()
        self._worker: ThreadPoolExecutor | None = None

    def note(self, collection_id: int, coarse: set[int], exactly: Callable[[], set[int]]) -> None:
        """A coarse search found these; now and then `exactly` is called, in a thread, to compare."""
        with self._lock:
            asked = self._asked[collection_id] = self._asked.get(collection_id, 0) + 1
            if asked % self._one_in != 1 % self._one_in:
                return
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1, thread_name_prefix="recall")
            self._worker.submit(self._compare, collection_id, coarse, exactly)

    def of(self, collection_id: int) -> Recall | None:
        """None where nothing was searched coarsely."""
        with self._lock:
            shares = self._shares.get(collection_id)
            return Recall(share=sum(shares) / len(shares), samples=len(shares)) if shares else None

    def close(self) -> None:
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)

    def _compare(self, collection_id: int, coarse: set[int], exactly: Callable[[], set[int]]) -> None:
        exact = exactly()
        if exact:
            with self._lock:
                shares = self._shares.setdefault(collection_id, deque(maxlen=_KEPT))
                shares.append(len(coarse & exact) / len(exact))
