"""How far the queue is, collection by collection: kept in memory, for whoever looks."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

_RATE_OVER_S = 60.0


@dataclass(frozen=True)
class Doing:
    """A document at work: `total` passages, of which `done` are embedded; none known while it is read."""

    name: str
    size_bytes: int
    done: int = 0
    total: int | None = None

    @property
    def done_bytes(self) -> float:
        """Of its size, as much as of its passages."""
        return self.size_bytes * self.done / self.total if self.total else 0.0


@dataclass
class _Run:
    """What was done since the collection's queue last had nothing to do."""

    done: int = 0
    unchanged: int = 0
    failed: int = 0
    at_work: dict[int, Doing] = field(default_factory=dict)
    steps: deque[tuple[float, int, float]] = field(default_factory=deque)

    def step(self, passages: int, size_bytes: float) -> None:
        now = time.monotonic()
        self.steps.append((now, passages, size_bytes))
        while self.steps[0][0] < now - _RATE_OVER_S:
            self.steps.popleft()


@dataclass(frozen=True)
class Seen:
    """A run as it is now; rates are those of the last minute, 0 where nothing was done in it."""

    done: int
    unchanged: int
    failed: int
    at_work: tuple[Doing, ...]
    passages_per_s: float
    bytes_per_s: float


class Progress:
    """Told by the line's thread, asked by any."""

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}
        self._lock = threading.Lock()

    def begin(self, collection: int) -> None:
        with self._lock:
            self._runs[collection] = _Run()

    def doing(self, collection: int, number: int, doing: Doing) -> None:
        """It is so far by now."""
        with self._lock:
            run = self._runs[collection]
            before = run.at_work.get(number, doing)
            run.at_work[number] = doing
            if doing.done > before.done:
                run.step(doing.done - before.done, doing.done_bytes - before.done_bytes)

    def left(self, collection: int, number: int) -> None:
        """It is not at work any more, whatever became of it."""
        with self._lock:
            self._runs[collection].at_work.pop(number, None)

    def done(self, collection: int) -> None:
        with self._lock:
            self._runs[collection].done += 1

    def unchanged(self, collection: int, size_bytes: int) -> None:
        with self._lock:
            run = self._runs[collection]
            run.unchanged += 1
            run.step(0, size_bytes)

    def failed(self, collection: int, many: int) -> None:
        with self._lock:
            self._runs[collection].failed += many

    def of(self, collection: int) -> Seen:
        with self._lock:
            run = self._runs.get(collection) or _Run()
            now = time.monotonic()
            recent = [each for each in run.steps if each[0] >= now - _RATE_OVER_S]
            span_s = max(now - recent[0][0], 1.0) if recent else 1.0
            return Seen(
                run.done,
                run.unchanged,
                run.failed,
                tuple(run.at_work.values()),
                sum(each[1] for each in recent) / span_s,
                sum(each[2] for each in recent) / span_s,
            )
