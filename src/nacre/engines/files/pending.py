"""Which changed paths to capture when: pure pacing, no I/O.

A file closed after writing is captured 0.1 s after the first event; one kept open after 0.1 s without events or 1 s
after the first, whichever is sooner; both bounds grow to at most 2 s while changes pour in, so that capturing does not
compete with the unpacking it watches. A path that took d seconds to read rests for 9 d: at most a tenth of the time
is spent on it.
"""

from dataclasses import dataclass

QUIET_S = 0.1
OPEN_LIMIT_S = 1.0
HOLD_LIMIT_S = 2.0
_CROWD = 100
_DUTY = 9.0
_CHEAP_S = 0.02


@dataclass(slots=True)
class Notice:
    """What events said about a path: at_ns wall clock of the last one, since_s and last_s monotonic."""

    at_ns: int
    since_s: float
    last_s: float
    closed: bool
    whole: bool = False  # a folder that appeared: what is below it has sent no events
    floor_ns: int = 0  # what is below it cannot have been there before this time
    tries: int = 0


class Pending:
    """Not thread-safe: the tree's lock guards it."""

    def __init__(self) -> None:
        self._notices: dict[bytes, Notice] = {}
        self._rest_until_s: dict[bytes, float] = {}
        self._last_s = 0.0

    def notice(
        self, path: bytes, at_ns: int, now_s: float, *, closed: bool, whole: bool = False, floor_ns: int = 0
    ) -> None:
        self._last_s = now_s
        known = self._notices.get(path)
        if known is None:
            self._notices[path] = Notice(at_ns, now_s, now_s, closed, whole, floor_ns)
            return
        known.at_ns, known.last_s, known.closed = at_ns, now_s, closed
        known.whole = known.whole or whole
        known.floor_ns = max(known.floor_ns, floor_ns)

    def again(self, path: bytes, notice: Notice, now_s: float) -> None:
        """`path` could not be captured whole: keep it for later, however often that happens."""
        rest_until_s = self._rest_until_s.get(path, 0.0)
        notice.tries += 1
        self.hold({path: notice}, now_s)
        self._rest_until_s[path] = max(self._rest_until_s[path], rest_until_s)

    def oldest_s(self) -> float | None:
        """Since when the first that is still to be captured waits. May be asked from any thread."""
        return min((notice.since_s for notice in list(self._notices.values())), default=None)

    def spent(self, path: bytes, cost_s: float, now_s: float) -> None:
        """Reading `path` took `cost_s`: let it rest in proportion."""
        if cost_s > _CHEAP_S:
            self._rest_until_s[path] = now_s + _DUTY * cost_s

    def hold(self, notices: dict[bytes, Notice], now_s: float) -> None:
        """Put back what was taken: more of the same is on its way."""
        for path, notice in notices.items():
            fresh = self._notices.get(path)
            if fresh is not None:
                notice.at_ns, notice.last_s, notice.closed = fresh.at_ns, fresh.last_s, fresh.closed
                notice.whole, notice.floor_ns = notice.whole or fresh.whole, max(notice.floor_ns, fresh.floor_ns)
            self._rest_until_s[path] = now_s + QUIET_S
        self._notices = {**notices, **{p: n for p, n in self._notices.items() if p not in notices}}

    def take_due(self, now_s: float) -> dict[bytes, Notice]:
        if not self._notices or self._crowded(now_s):
            return {}
        due = {path: notice for path, notice in self._notices.items() if self._due_s(path, notice) <= now_s}
        for path in due:
            del self._notices[path]
            self._rest_until_s.pop(path, None)
        return due

    def take_all(self) -> dict[bytes, Notice]:
        taken, self._notices = self._notices, {}
        self._rest_until_s.clear()
        return taken

    def next_due_s(self, now_s: float) -> float | None:
        """Monotonic time at which `take_due` is worth calling; None when nothing waits."""
        if not self._notices:
            return None
        if self._crowded(now_s):
            return now_s + QUIET_S
        return min(self._due_s(path, notice) for path, notice in self._notices.items())

    def __len__(self) -> int:
        return len(self._notices)

    def _crowded(self, now_s: float) -> bool:
        if len(self._notices) < _CROWD or now_s - self._last_s >= QUIET_S:
            return False
        oldest = next(iter(self._notices.values()))
        return now_s - oldest.since_s < HOLD_LIMIT_S

    def _due_s(self, path: bytes, notice: Notice) -> float:
        open_s = min(notice.last_s + QUIET_S, notice.since_s + OPEN_LIMIT_S)
        due = notice.since_s + QUIET_S if notice.closed else open_s
        return max(due, self._rest_until_s.get(path, 0.0))
