"""What takes long to find out: asked in a thread of its own, branch by branch, and told until it is asked again."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from nacre.branches.catalog import Branch
from nacre.core.errors import NacreError
from nacre.monitoring.measures.measure import Kind

_PATIENCE_S = 30.0
_AGAIN_S = 30.0
_ENDING_S = 5.0
_log = structlog.get_logger()


@dataclass
class Slow:
    """`ask` finds out about one branch; what it raises leaves a gap, and it is asked again after `again_s`.

    One that does not come back within `patience_s` keeps none of the others from being asked, and is not asked again
    before it does.
    """

    kind: Kind
    running: Callable[[], Sequence[Branch]]
    ask: Callable[[Branch], Sequence[float]]
    every_s: float
    patience_s: float = _PATIENCE_S
    again_s: float = _AGAIN_S
    _known: dict[int, Sequence[float]] = field(default_factory=dict)
    _due_s: dict[int, float] = field(default_factory=dict)
    _in_hand: dict[int, float] = field(default_factory=dict)
    _asking: threading.Thread | None = None
    _turn_s: float = 0.0
    _ended: bool = False

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        branches = self.running()
        self._have_asked(branches)
        stuck = self._stuck()
        for branch in branches:
            if branch.id not in stuck and (numbers := self._known.get(branch.id)) is not None:
                yield str(branch.ref), numbers

    def close(self) -> None:
        self._ended = True
        if self._asking is not None:
            self._asking.join(_ENDING_S)

    def _have_asked(self, branches: Sequence[Branch]) -> None:
        stuck = self._stuck()
        if self._ended or self._goes_on():
            return
        for gone in self._due_s.keys() - {branch.id for branch in branches}:
            del self._due_s[gone]
            self._known.pop(gone, None)
        now_s = time.monotonic()
        due = [one for one in branches if one.id not in stuck and self._due_s.get(one.id, now_s) <= now_s]
        if due:
            name = f"measure {self.kind.name}"
            self._turn_s = now_s
            self._asking = threading.Thread(target=self._run, args=(due,), name=name, daemon=True)
            self._asking.start()

    def _goes_on(self) -> bool:
        """Whether the latest thread is under way, and has not been with one branch for too long."""
        alive = self._asking is not None and self._asking.is_alive()
        return alive and time.monotonic() - self._turn_s <= self.patience_s

    def _stuck(self) -> set[int]:
        now_s = time.monotonic()
        return {id_ for id_, since_s in self._in_hand.copy().items() if now_s - since_s > self.patience_s}

    def _run(self, branches: Sequence[Branch]) -> None:
        for branch in branches:
            if self._ended or threading.current_thread() is not self._asking:
                break
            self._turn_s = self._in_hand[branch.id] = time.monotonic()
            self._due_s[branch.id] = self._turn_s + (self.every_s if self._finds_out(branch) else self.again_s)
            self._in_hand.pop(branch.id, None)

    def _finds_out(self, branch: Branch) -> bool:
        try:
            self._known[branch.id] = self.ask(branch)
            return True
        except NacreError:  # it is down, not up yet, or being rewound
            pass
        except Exception:  # whatever one branch has, the others must be asked
            _log.exception("not measured", kind=self.kind.name, branch=str(branch.ref))
        self._known.pop(branch.id, None)
        return False
