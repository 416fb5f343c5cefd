"""Keeps one claim, in a thread of its own: renews the lease, sends on the log, and tells when the job is lost."""

import threading
import time
from collections.abc import Callable

from nacre.core.errors import NacreError, Unavailable
from nacre.core.worker import Worker
from nacre.jobs.job import Claim, Outcome
from nacre.jobs.logs import LONGEST_LOG_BYTES
from nacre.jobs.queue import Queue

BEAT_S = 5.0
_PIECE_BYTES = 256 << 10
_GATHER_S = 0.2
_LOOK_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 3.0

Stopwatch = Callable[[], float]


class Lease(Worker):
    """The lease is counted on the runner's own stopwatch from when it was asked for, so it never believes in it longer
    than the control plane does; clocks are not compared."""

    def __init__(
        self,
        queue: Queue,
        claim: Claim,
        asked_at: float,
        beat_s: float = BEAT_S,
        stopwatch: Stopwatch = time.monotonic,
    ) -> None:
        super().__init__(f"lease-{claim.job_id}")
        self._queue = queue
        self._claim = claim
        self._until = asked_at + claim.lease_s
        self._beat_s = min(beat_s, claim.lease_s / 4)
        self._now = stopwatch
        self._log = _Log()
        self._ended = threading.Event()
        self._lost: str | None = None
        self._trouble = "the runner stood still for too long"

    @property
    def lost(self) -> str | None:
        """Why the job is in our hands no more; None while it is."""
        if self._lost is None and self._now() >= self._until:
            self._lose(f"the lease ran out: {self._trouble}")
        return self._lost

    def say(self, data: bytes) -> None:
        """Add to the job's log."""
        self._log.add(data)

    def finish(self, outcome: Outcome) -> None:
        """Send the rest of the log and how the work ended, again and again until that is known or the job is lost."""
        pauses = Pauses()
        while self.lost is None and not (self._log.drained(_LOOK_S) and self._finished(outcome)):
            self._ended.wait(pauses.next_s())

    def stop(self) -> None:
        self._stopping.set()
        self._ended.set()
        self._log.close()
        super().stop()

    def _finished(self, outcome: Outcome) -> bool:
        """Whether that is known there now."""
        try:
            self._queue.finish(self._claim, outcome)
        except Unavailable as error:
            self._trouble = error.message
            return False
        except NacreError as error:
            self._lose(error.message)
        return True

    def _work(self) -> None:
        beat_at, pauses = self._now(), Pauses()
        while not self._stopping.is_set() and self.lost is None:
            try:
                if self._now() >= beat_at:
                    self._beat()
                    beat_at = self._now() + self._beat_s
                self._send_log()
                pauses = Pauses()
                self._log.wait(max(0.0, beat_at - self._now()))
            except Unavailable as error:
                self._trouble, beat_at = error.message, self._now()
                self._stopping.wait(pauses.next_s())
            except NacreError as error:
                self._lose(error.message)

    def _beat(self) -> None:
        asked_at = self._now()
        beat = self._queue.heartbeat(self._claim)
        if beat.cancelled:
            self._lose("the job was cancelled")
        else:
            self._until = asked_at + beat.lease_s

    def _send_log(self) -> None:
        offset, data = self._log.next(_PIECE_BYTES)
        if data:
            self._log.taken(self._queue.log(self._claim, offset, data))

    def _lose(self, why: str) -> None:
        self._lost = why
        self._ended.set()
        self._log.close()


class _Log:
    """What was said and not yet taken. More than is ever kept of a log is not gathered either."""

    def __init__(self) -> None:
        self._offset = 0
        self._waiting = bytearray()
        self._changed = threading.Condition()
        self._hurried = False
        self._closed = False

    def add(self, data: bytes) -> None:
        with self._changed:
            self._waiting += data[: LONGEST_LOG_BYTES + 1 - len(self._waiting)]
            self._changed.notify_all()

    def next(self, most_bytes: int) -> tuple[int, bytes]:
        with self._changed:
            return self._offset, bytes(self._waiting[:most_bytes])

    def taken(self, until: int) -> None:
        with self._changed:
            del self._waiting[: until - self._offset]
            self._offset = until
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Until there is something to send, gathered for a moment so that not every line is a call of its own."""
        with self._changed:
            if self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s):
                self._changed.wait_for(lambda: self._hurried or len(self._waiting) >= _PIECE_BYTES, _GATHER_S)

    def drained(self, timeout_s: float) -> bool:
        """Whether all of it is taken; from now on nothing is gathered."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting or self._closed, timeout_s)
            return not self._waiting

    def close(self) -> None:
        with self._changed:
            self._hurried = self._closed = True
            self._changed.notify_all()


class Pauses:
    """Between attempts at what did not work: each twice as long as the one before, up to a few seconds."""

    def __init__(self) -> None:
        self._next_s = _FIRST_PAUSE_S

    def next_s(self) -> float:
        pause_s, self._next_s = self._next_s, min(2 * self._next_s, _LONGEST_PAUSE_S)
        return pause_s
