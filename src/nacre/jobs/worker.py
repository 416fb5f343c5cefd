"""A runner: claims jobs one after another, does them, and keeps what it holds alive meanwhile."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from nacre.core.errors import NacreError, Unavailable
from nacre.core.worker import Worker
from nacre.jobs.job import Claim, Done, Failed, Faltered, GivenBack, Outcome, Trouble
from nacre.jobs.lease import BEAT_S, Lease, Pauses
from nacre.jobs.queue import Queue

WAIT_S = 20.0
"""How long one question for work is kept open, at most: proxies end what is silent for longer."""

Say = Callable[[bytes], None]
Cancelled = Callable[[], bool]
Work = Callable[[Claim, Say, Cancelled], dict[str, Any]]
"""Does a job of one kind: tells its log, looks now and then whether to leave off, and returns its result as JSON.

It raises Unavailable for what is to be tried again, any other NacreError for what would fail again. Whatever it does
outside of itself it does under the claim's fence, which is what keeps a runner that lost the job from doing harm.
"""

_log = structlog.get_logger()


class Runner(Worker):
    """One job at a time; a machine runs several side by side, each in a `slot` of its own."""

    def __init__(self, queue: Queue, works: Mapping[str, Work], slot: str, beat_s: float = BEAT_S) -> None:
        super().__init__(f"runner-{slot}")
        self._queue = queue
        self._works = works
        self._slot = slot
        self._beat_s = beat_s
        self.refused: NacreError | None = None
        """Why the control plane does not know this runner any more; it has ended then."""
        self.ended = threading.Event()
        self.busy = False

    def leave(self) -> None:
        """Take no more jobs, and give back the one in hand; returns at once."""
        self._stopping.set()

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                asked_at, claim = self._claim()
                if claim is not None:
                    self._do(claim, asked_at)
        except NacreError as error:
            self.refused = error
        finally:
            self.ended.set()

    def _claim(self) -> tuple[float, Claim | None]:
        """Asks under one key until there is an answer, and tells when it asked for it."""
        claim_key, pauses = uuid.uuid4().hex, Pauses()
        while not self._stopping.is_set():
            asked_at = time.monotonic()
            try:
                return asked_at, self._queue.claim(self._slot, self._works.keys(), claim_key, WAIT_S)
            except Unavailable:
                self._stopping.wait(pauses.next_s())
        return 0.0, None

    def _do(self, claim: Claim, asked_at: float) -> None:
        lease = Lease(self._queue, claim, asked_at, self._beat_s)
        lease.start()
        self.busy = True
        _log.info("job begun", job=claim.job_id, fence=claim.fence, kind=claim.job.kind, app=claim.job.app)
        try:
            outcome = self._outcome(claim, lease)
            if lease.lost is None:
                lease.finish(outcome)
            if lease.lost is None:
                _log.info("job ended", job=claim.job_id, fence=claim.fence, how=outcome.kind)
            else:
                _log.warning("job lost", job=claim.job_id, fence=claim.fence, why=lease.lost)
        finally:
            lease.stop()
            self.busy = False

    def _outcome(self, claim: Claim, lease: Lease) -> Outcome:
        def cancelled() -> bool:
            return lease.lost is not None or self._stopping.is_set()

        try:
            return Done(result=self._works[claim.job.kind](claim, lease.say, cancelled))
        except Exception as error:
            if self._stopping.is_set():
                return GivenBack(why=f"runner {claim.runner} stopped")
            return _failure(claim, error)


def _failure(claim: Claim, error: Exception) -> Outcome:
    match error:
        case Unavailable():
            return Faltered(error=Trouble.of(error))
        case NacreError():
            return Failed(error=Trouble.of(error))
    _log.error("job crashed", job=claim.job_id, exc_info=error)
    message = f"Job {claim.job_id} failed inside Nacre: {type(error).__name__}: {error}"
    return Failed(
        error=Trouble(code="internal-error", message=message, hint=f"The log of runner {claim.runner} has the details.")
    )
