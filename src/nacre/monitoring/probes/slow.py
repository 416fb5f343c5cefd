"""What takes long to find out: asked in a thread of its own, branch by branch, and told until it is asked again."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from nacre.branches.catalog import Branch
from nacre.core.errors import NacreError
from nacre.monitoring.measures.measure import Kind

_log = structlog.get_logger()


@dataclass
class Slow:
    """`ask` finds out about one branch; what it raises leaves a gap, as long as that lasts."""

    kind: Kind
    running: Callable[[], Sequence[Branch]]
    ask: Callable[[Branch], Sequence[float]]
    every_s: float
    _known: dict[int, Sequence[float]] = field(default_factory=dict)
    _due_s: dict[int, float] = field(default_factory=dict)
    _asking: threading.Thread | None = None
    _ended: bool = False

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        branches = self.running()
        self._have_asked(branches)
        for branch in branches:
            if (numbers := self._known.get(branch.id)) is not None:
                yield str(branch.ref), numbers

    def close(self) -> None:
        self._ended = True
        if self._asking is not None:
            self._asking.join()

    def _have_asked(self, branches: Sequence[Branch]) -> None:
        if self._asking is not None and self._asking.is_alive():
            return
        for gone in self._due_s.keys() - {branch.id for branch in branches}:
            self._due_s.pop(gone)
            self._known.pop(gone, None)
        now_s = time.monotonic()
        due = [branch for branch in branches if self._due_s.get(branch.id, now_s) <= now_s]
        if due and not self._ended:
            self._asking = threading.Thread(
                target=self._run, args=(due,), name=f"measure {self.kind.name}", daemon=True
            )
            self._asking.start()

    def _run(self, branches: Sequence[Branch]) -> None:
        for branch in branches:
            if self._ended:
                return
            self._due_s[branch.id] = time.monotonic() + self.every_s
            try:
                self._known[branch.id] = self.ask(branch)
            except NacreError:  # it is down, or being rewound
                self._known.pop(branch.id, None)
            except Exception:  # whatever one branch has, the others must be asked
                _log.exception("not measured", kind=self.kind.name, branch=str(branch.ref))
                self._known.pop(branch.id, None)
