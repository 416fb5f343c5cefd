"""Jobs: durable work that runners compete for. Called from worker threads; all time is the clock given here.

The states and what moves a job between them are in states.py, whose turn it is in turns.py, who has one in claims.py,
the SQL in book.py.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, Unavailable
from nacre.core.store.database import Database
from nacre.jobs import book, states
from nacre.jobs.changes import Changes
from nacre.jobs.claims import claimed, found, held, stale
from nacre.jobs.job import Attempt, Beat, Claim, Done, Failed, Faltered, GivenBack, Hold, Job, Load, LogPiece, Outcome
from nacre.jobs.logs import capped
from nacre.jobs.states import LEASE, LONGEST_PAUSE, Standing, State

T = TypeVar("T")

KEPT_FOR = timedelta(days=30)
_PIECE_BYTES = 1 << 20
_RACES = 4
_LEAST_WAIT_S = 0.05
_SHARED_LOOK_S = 1.0
"""How often a waiter looks by itself where other processes may change the jobs too."""


class Jobs:
    def __init__(self, database: Database, clock: Clock, lease: timedelta = LEASE, shared: bool = False) -> None:
        """`shared` tells that other processes work on the same database: what they change is looked for."""
        self._lease = lease
        self.changes = Changes()
        self.logged = Changes()
        self.ended: Counter[State] = Counter()
        """How many came into each final state since this began; what is struck out later stays counted."""
        self._database = database
        self._clock = clock
        self._look_every_s = _SHARED_LOOK_S if shared else None
        self._closed = False

    def submit(
        self, kind: str, app: str, payload: Mapping[str, Any], *, key: str, priority: int = 0, attempts: int = 3
    ) -> Job:
        """A new job, or the one that was submitted under this key before. `payload` is JSON; its `project` is whose
        job it is. A higher `priority` goes first. `attempts` is how often it may be begun.

        Raises Conflict "key-reused" when the key stands for other work.
        """
        now = self._clock()
        wanted = {"kind": kind, "app": app, "payload": dict(payload)}
        new = {
            **wanted, "project": payload["project"], "key": key, "priority": priority, "most_attempts": attempts,
            "ready_at": now, "submitted_at": now,
        }  # fmt: skip
        row = self._raced(lambda connection: book.by_key(connection, key) or book.add(connection, **new))
        self.changes.tell()
        if (row.kind, row.app, row.payload) != (kind, app, wanted["payload"]):
            raise Conflict(
                "key-reused",
                f"The key “{key}” stands for job {row.id}, which is other work.",
                hint="Give each piece of work a key of its own.",
            )
        return book.job_of(row)

    def claim(self, runner: str, kinds: Collection[str], claim_key: str) -> Claim | None:
        """The job whose turn it is, None when there is none now. `runner` is NODE/SLOT; waiting.py waits for one.

        Asked again with the same `claim_key` the claim is the same, so an answer that got lost does no harm; once that
        claim is over the key is spent, and asking with it gets nothing.
        """
        now = self._clock()
        self._reclaim_overdue(now)
        with self._database.read() as connection:  # asking in vain, as runners do all day, writes nothing
            known = book.attempt_of_key(connection, claim_key) is not None
            if not known and not book.candidates(connection, kinds, now):
                return None
        claim = self._raced(lambda connection: claimed(connection, runner, kinds, claim_key, now, self._lease))
        if claim is not None:
            self.changes.tell()
        return claim

    def spent(self, claim_key: str) -> bool:
        """Whether a claim was made with this key, so that it gets no other one."""
        with self._database.read() as connection:
            return book.attempt_of_key(connection, claim_key) is not None

    def look_again_s(self) -> float:
        """Seconds after which there may be something to claim though nothing was told."""
        now = self._clock()
        with self._database.read() as connection:
            due = book.next_due(connection, now)
        lease_s = self._lease.total_seconds()  # by then a clock that was set back is noticed
        due_s = lease_s if due is None else max(_LEAST_WAIT_S, (due - now).total_seconds())
        return min(due_s, lease_s, self._look_every_s or lease_s)

    def close(self) -> None:
        """Nobody waits any longer: whoever waits for a claim is told that there will be none."""
        self._closed = True
        self.changes.tell()

    def require_open(self) -> None:
        """Raises Unavailable "control-plane-stops" once it is closed."""
        if self._closed:
            raise Unavailable(
                "control-plane-stops", "Nacre is stopping, and gives no more work.", hint="Ask again once it is back."
            )

    def heartbeat(self, hold: Hold) -> Beat:
        """The lease anew. Raises Conflict "stale-fence"; of a job that was cancelled it says so instead."""
        now = self._clock()
        with self._database.write() as connection:
            row = self._locked(connection, hold.job_id)
            if row.state == State.CANCELLED and row.fence == hold.fence:
                return Beat(cancelled=True, lease_s=0)
            standing = held(row, hold, now)
            book.save(connection, row.id, states.renewed(standing, now, self._lease))
        return Beat(cancelled=False, lease_s=self._lease.total_seconds())

    def holds(self, job_id: int, fence: int, node: str | None = None) -> Literal[True]:
        """Whether this fence (of a runner of this node) has the job now: to be asked before anything is done in its
        name. True, or raises Conflict "stale-fence"."""
        with self._database.read() as connection:
            row = book.find(connection, job_id)
        runner = None if row is None else row.runner
        if row is None or runner is None or (node is not None and node_of(runner) != node):
            raise stale(job_id, fence)
        held(row, Hold(job_id=job_id, fence=fence, runner=runner), self._clock())
        return True

    def log(self, hold: Hold, offset: int, data: bytes) -> int:
        """Take what an attempt wrote, from its byte `offset` on; returns up to where it is taken by now.

        What was taken before is not taken twice. Raises Conflict "stale-fence", "log-gap".
        """
        with self._database.write() as connection:
            row = self._locked(connection, hold.job_id)
            held(row, hold, self._clock())
            if offset > row.taken_bytes:
                raise Conflict(
                    "log-gap",
                    f"The log of job {row.id} is taken up to byte {row.taken_bytes}, not {offset}.",
                    hint=f"Send it from byte {row.taken_bytes} on.",
                )
            new = data[row.taken_bytes - offset :]
            book.add_log(connection, row, capped(row.log_bytes, new), row.taken_bytes + len(new))
        self.logged.tell()
        return int(row.taken_bytes) + len(new)

    def finish(self, hold: Hold, outcome: Outcome) -> Job:
        """End an attempt. Said again, because its answer got lost, it changes nothing.

        Raises Conflict "stale-fence".
        """
        now, said = self._clock(), (hold.job_id, hold.runner, outcome.kind)
        with self._changing() as connection:
            row = self._locked(connection, hold.job_id)
            attempt = book.attempt_of_fence(connection, hold.fence)
            if attempt is not None and (attempt.job_id, attempt.runner, attempt.outcome) == said:
                return book.job_of(row)
            standing = held(row, hold, now)
            return self._end(connection, row, _after(standing, outcome, now), outcome.kind, now, outcome)

    def cancel(self, job_id: int, who: str) -> Job:
        """End a job that is not over; whoever runs it is told with its next heartbeat, and refused from now on.

        Raises NotFound "job-not-found", Conflict "job-over".
        """
        now = self._clock()
        with self._changing() as connection:
            row = self._locked(connection, job_id)
            standing = book.standing_of(row)
            if standing.state.final:
                raise Conflict(
                    "job-over", f"Job {job_id} is over: {standing.state}.", hint="Nothing is left to cancel."
                )
            return self._end(
                connection, row, states.ended(standing, State.CANCELLED, f"{who} cancelled it"), "cancelled", now
            )

    def lapse(self, node: str, why: str) -> None:
        """The runners of this node are known to be gone, and cannot come back to their claims."""
        now = self._clock()
        with self._changing() as connection:
            for row in book.locked_of_node(connection, node):
                self._end(connection, row, states.lapsed(book.standing_of(row), why, now), "lost", now)

    def take_back(self, node: str, why: str) -> None:
        """Take their jobs from the runners of this node, for others to do; that was no attempt."""
        now = self._clock()
        with self._changing() as connection:
            for row in book.locked_of_node(connection, node):
                self._end(connection, row, states.given_back(book.standing_of(row), why, now), "taken back", now)

    def reclaim(self) -> None:
        """End the leases that ran out."""
        self._reclaim_overdue(self._clock())

    def forget(self) -> None:
        """Strike out what ended long ago, its log and its key included."""
        with self._database.write() as connection:
            book.forget_ended(connection, self._clock() - KEPT_FOR)

    def forget_project(self, project: str) -> None:
        """Strike out all jobs of a project that is deleted: the next one of its name must not find them.

        Whoever runs one is refused from now on.
        """
        with self._changing() as connection:
            book.forget_project(connection, project)

    def get(self, job_id: int) -> Job:
        """Raises NotFound "job-not-found"."""
        with self._database.read() as connection:
            return book.job_of(found(book.find(connection, job_id), job_id))

    def attempts(self, job_id: int) -> list[Attempt]:
        with self._database.read() as connection:
            return book.attempts_at(connection, job_id)

    def payload(self, job_id: int) -> dict[str, Any]:
        """Raises NotFound "job-not-found"."""
        with self._database.read() as connection:
            return dict(found(book.find(connection, job_id), job_id).payload)

    def listing(
        self,
        may_see: Callable[[str], bool] = lambda project: True,
        *,
        app: str | None = None,
        state: State | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """The newest first, of the projects that `may_see` says yes to; older than job `before` when given."""
        with self._database.read() as connection:
            projects = [each for each in book.projects_with_jobs(connection) if may_see(each)]
            return book.listing(connection, projects, app, state, before, limit)

    def log_since(self, job_id: int, offset: int) -> LogPiece:
        """What the job wrote from byte `offset` on, a megabyte or a little more at once. Raises NotFound."""
        with self._database.read() as connection:
            row = found(book.find(connection, job_id), job_id)  # before its log: what follows may be more, not less
            data = book.read_log(connection, job_id, offset, _PIECE_BYTES)
        reached = offset + len(data)
        return LogPiece(data=data, offset=reached, over=State(row.state).final and reached >= row.log_bytes)

    def load(self) -> Load:
        with self._database.read() as connection:
            return book.load(connection, self._clock())

    def in_hand(self) -> Counter[str]:
        """How many jobs run, by node."""
        with self._database.read() as connection:
            return Counter(node_of(runner) for runner in book.runners(connection))

    def wait(self, job_id: int, timeout_s: float) -> Job:
        """The job once it is over, or as it is after that time. Raises NotFound "job-not-found"."""
        until = time.monotonic() + timeout_s
        changed = threading.Event()
        with self.changes.heard_by(changed.set):
            while True:
                changed.clear()
                job = self.get(job_id)
                left_s = until - time.monotonic()
                if job.state.final or left_s <= 0:
                    return job
                changed.wait(min(left_s, self._look_every_s or left_s))

    def _reclaim_overdue(self, now: datetime) -> None:
        latest = now + self._lease, now + LONGEST_PAUSE
        with self._database.read() as connection:
            if not (book.any_overdue(connection, now) or book.any_far(connection, *latest)):
                return
        with self._changing() as connection:
            for row in book.locked_overdue(connection, now):
                why = f"runner {row.runner} was not heard of any more"
                self._end(connection, row, states.lapsed(book.standing_of(row), why, now), "lost", now)
            for row in book.locked_far(connection, *latest):
                book.save(connection, row.id, states.brought_near(book.standing_of(row), now, self._lease))

    def _end(
        self,
        connection: Connection,
        row: Row[Any],
        after: Standing,
        how: str,
        now: datetime,
        outcome: Outcome | None = None,
    ) -> Job:
        if row.state == State.RUNNING:
            book.end_attempt(connection, row.fence, how, now)
        if after.state.final:
            self.ended[after.state] += 1
        more: dict[str, Any] = {"ended_at": now} if after.state.final else {}
        match outcome:
            case Done():
                more["result"] = outcome.result
            case Failed() | Faltered() if after.state.final:
                more["error"] = outcome.error.model_dump()
        return book.job_of(book.save(connection, row.id, after, **more))

    def _locked(self, connection: Connection, job_id: int) -> Row[Any]:
        return found(book.locked(connection, job_id), job_id)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction whose end those who wait are told of."""
        with self._database.write() as connection:
            yield connection
        self.changes.tell()

    def _raced(self, work: Callable[[Connection], T]) -> T:
        """Do it in a transaction; again where another one, on PostgreSQL, was first with the same key or app."""
        for _ in range(_RACES):
            try:
                with self._database.write() as connection:
                    return work(connection)
            except IntegrityError:
                continue
        with self._database.write() as connection:
            return work(connection)


def node_of(runner: str) -> str:
    """The node that a runner, written NODE/SLOT, belongs to."""
    return runner.partition("/")[0]


def _after(standing: Standing, outcome: Outcome, now: datetime) -> Standing:
    match outcome:
        case Done():
            return states.ended(standing, State.DONE, "it was done")
        case Failed():
            return states.ended(standing, State.FAILED, outcome.error.message)
        case Faltered():
            return states.faltered(standing, outcome.error.message, now)
        case GivenBack():
            return states.given_back(standing, outcome.why, now)
