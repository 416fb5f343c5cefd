"""Looks at everything by a steady clock, keeps it in memory, and has it written to metrics.db beside that."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import structlog

from nacre.core.clock import Clock
from nacre.monitoring.book.quarters import GAP_MS
from nacre.monitoring.probes.probe import Probe
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample, sample

TICK_S = 60.0
WATCHED_TICK_S = 10.0
_WATCHED_FOR_S = 60.0
_SOONEST_S = 0.05
_log = structlog.get_logger()


@dataclass
class _Pace:
    """When the next look is due, on the clock that only goes forward. Looks that were missed are not made up for."""

    due_s: float

    def after(self, now_s: float, tick_s: float) -> None:
        missed = max(int((now_s - self.due_s) // tick_s), 0)
        self.due_s += (missed + 1) * tick_s


class Collector:
    """`keep` is told the time after each look, in a thread of its own: it may wait for a disk. What is to be done
    `after` each look must not wait for anything. `wanted` says when a look is needed before the next is due anyway, in
    milliseconds since the epoch."""

    def __init__(
        self,
        probes: Sequence[Probe],
        ring: Ring,
        keep: Callable[[int], object],
        clock: Clock,
        after: Sequence[Callable[[int], None]] = (),
        wanted: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._probes = probes
        self._ring = ring
        self._keep = keep
        self._after = after
        self._wanted = wanted
        self._clock = clock
        self._looked_at: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._watched_until_s = 0.0
        self._wake = threading.Event()
        self._ended = False
        self._looking = threading.Lock()
        self._threads = (
            threading.Thread(target=self._run, name="monitoring", daemon=True),
            threading.Thread(target=self._run_beside, name="metrics.db", daemon=True),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ended = True
        self._wake.set()
        self._looked_at.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def watch(self) -> None:
        """Somebody looks: for a minute from now on, look more often, and at once where the last look is long ago."""
        was = time.monotonic() < self._watched_until_s
        self._watched_until_s = time.monotonic() + _WATCHED_FOR_S
        if not was:
            self._wake.set()

    def look(self) -> list[Sample]:
        """Look once at everything, now. A probe that fails leaves a gap, and keeps no other from looking."""
        with self._looking:
            now_ms = int(self._clock().timestamp() * 1000)
            found = [one for probe in self._probes for one in self._looked(probe, now_ms)]
            for one in found:
                self._ring.add(one)
            self._ring.forget(now_ms - GAP_MS)
            for each in self._after:
                _guarded(each, now_ms)
        self._looked_at.put(now_ms)
        return found

    def _looked(self, probe: Probe, now_ms: int) -> list[Sample]:
        try:
            return [sample(probe.kind, label, now_ms, numbers) for label, numbers in probe.look()]
        except TimeoutError as error:  # whoever is asked is busy, and is asked again at the next look
            _log.warning("not measured", kind=probe.kind.name, error=str(error))
            return []
        except Exception:  # whatever a probe meets, the others must go on
            _log.exception("not measured", kind=probe.kind.name)
            return []

    def _run(self) -> None:
        pace = _Pace(time.monotonic())
        while not self._ended:
            looked_s = time.monotonic()
            self.look()
            self._wake.clear()
            if (now_s := time.monotonic()) >= pace.due_s:
                pace.after(now_s, self._tick_s())
            wanted_s = now_s + self._wanted_in_s()
            while not self._ended and (left_s := min(pace.due_s, wanted_s) - time.monotonic()) > 0:
                if self._wake.wait(left_s):
                    self._wake.clear()
                    pace.due_s = min(pace.due_s, looked_s + self._tick_s())

    def _wanted_in_s(self) -> float:
        wanted_ms = self._wanted()
        return inf if wanted_ms is None else max(wanted_ms / 1000 - self._clock().timestamp(), _SOONEST_S)

    def _run_beside(self) -> None:
        while (now_ms := self._looked_at.get()) is not None:
            self._keep(now_ms)

    def _tick_s(self) -> float:
        return WATCHED_TICK_S if time.monotonic() < self._watched_until_s else TICK_S


def _guarded(work: Callable[[int], None], now_ms: int) -> None:
    try:
        work(now_ms)
    except Exception:  # the next look must come, whatever this one led to
        _log.exception("not done after a look")
