"""A runner whose way to the control plane fails: what it asked comes too late, or what it is answered is lost."""

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Any, Literal

import pytest

from nacre.core.clock import system_clock
from nacre.core.errors import Conflict, InvalidInput, Unavailable
from nacre.core.store.store import Store
from nacre.jobs.job import Beat, Claim, Hold, Job, Outcome
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State
from nacre.jobs.waiting import wait_for_claim
from nacre.jobs.worker import Cancelled, Runner, Say

LEASE_S = 60.0


class Cable:
    """A nacre.jobs.queue.Queue that leads to real jobs, as well as it does."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.state: Literal["whole", "cut", "answers are lost"] = "whole"
        self.refusals = 0

    def claim(self, slot: str, kinds: Collection[str], claim_key: str, wait_s: float) -> Claim | None:
        ask = lambda: self.jobs.claim(f"shelf/{slot}", kinds, claim_key)  # noqa: E731
        return self._through(lambda: wait_for_claim(self.jobs, ask, claim_key, 0.2))

    def heartbeat(self, hold: Hold) -> Beat:
        return self._through(lambda: self.jobs.heartbeat(hold))

    def log(self, hold: Hold, offset: int, data: bytes) -> int:
        return self._through(lambda: self.jobs.log(hold, offset, data))

    def finish(self, hold: Hold, outcome: Outcome) -> Job:
        return self._through(lambda: self.jobs.finish(hold, outcome))

    def _through(self, call: Callable[[], Any]) -> Any:
        answer = None if self.state == "cut" else call()
        if self.state != "whole":
            self.refusals += 1
            raise Unavailable("control-plane-unreachable", "The cable is cut.")
        return answer


class Bench:
    """Work that the test leads: it says a line for each `step`, and ends with `outcome`."""

    def __init__(self) -> None:
        self.begun, self.left = threading.Event(), threading.Event()
        self.steps: list[bytes] = []
        self.go = threading.Event()
        self.error: Exception | None = None

    def __call__(self, claim: Claim, say: Say, cancelled: Cancelled) -> dict[str, Any]:
        self.begun.set()
        said = 0
        while not (self.go.is_set() and said == len(self.steps)):
            if cancelled():
                self.left.set()
                raise Conflict("build-cancelled", "It was told to leave off.")
            for line in self.steps[said:]:
                say(line)
                said += 1
            self.go.wait(0.01)
        if self.error is not None:
            raise self.error
        return {"attempt": claim.job.attempts}


@pytest.fixture
def jobs(store: Store, request: pytest.FixtureRequest) -> Jobs:
    """With leases too long to end in a test, or as long as it says."""
    return Jobs(store, system_clock, timedelta(seconds=getattr(request, "param", LEASE_S)))


@pytest.fixture
def cable(jobs: Jobs) -> Cable:
    return Cable(jobs)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def runner(cable: Cable, bench: Bench) -> Iterator[Runner]:
    runner = Runner(cable, {"test": bench}, "1")
    runner.start()
    yield runner
    cable.state = "whole"
    runner.stop()


@pytest.fixture
def job(jobs: Jobs, runner: Runner, bench: Bench) -> Job:
    job = jobs.submit("test", "shop", {"project": "shop"}, key="1")
    assert bench.begun.wait(10)
    return job


async def test_a_short_outage_costs_nothing(jobs: Jobs, job: Job, cable: Cable, bench: Bench, until):
    bench.steps.append(b"before\n")
    await until(lambda: jobs.log_since(job.id, 0).data == b"before\n")
    cable.state = "cut"
    bench.steps.append(b"meanwhile\n")
    bench.go.set()
    await until(lambda: cable.refusals >= 2)
    cable.state = "whole"
    done = jobs.wait(job.id, 10)
    assert (done.state, done.result) == (State.DONE, {"attempt": 1})
    assert jobs.log_since(job.id, 0).data == b"before\nmeanwhile\n"


async def test_lost_answers_repeat_nothing(jobs: Jobs, job: Job, cable: Cable, bench: Bench, until):
    bench.steps.append(b"nought\n")
    await until(lambda: jobs.log_since(job.id, 0).data == b"nought\n")
    cable.state = "answers are lost"
    bench.steps += [b"one\n", b"two\n"]
    await until(lambda: jobs.log_since(job.id, 0).data == b"nought\none\ntwo\n")
    bench.go.set()
    await until(lambda: cable.refusals >= 2)
    cable.state = "whole"
    assert jobs.wait(job.id, 10).result == {"attempt": 1}
    assert jobs.log_since(job.id, 0).data == b"nought\none\ntwo\n"


@pytest.mark.parametrize("jobs", [1.0], indirect=True)
async def test_an_outage_longer_than_the_lease_ends_the_work_and_the_job_begins_anew(
    jobs: Jobs, job: Job, cable: Cable, bench: Bench
):
    cable.state = "cut"
    assert bench.left.wait(5)
    assert jobs.get(job.id).runner == "shelf/1", "it leaves off before the control plane lets others begin"
    bench.go.set()
    cable.state = "whole"
    done = jobs.wait(job.id, 10)
    assert (done.state, done.result) == (State.DONE, {"attempt": 2})
    assert [each.outcome for each in jobs.attempts(job.id)] == ["lost", "done"]


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (InvalidInput("bad-lock-file", "It is torn."), State.FAILED, "bad-lock-file"),
        (ZeroDivisionError("nought"), State.FAILED, "internal-error"),
        (Unavailable("registry-unreachable", "It does not answer."), State.WAITING, ""),
    ],
)
async def test_what_goes_wrong_is_told_and_tried_again_where_that_may_help(
    jobs: Jobs, job: Job, bench: Bench, until, error: Exception, state: State, code: str
):
    bench.error = error
    bench.go.set()
    await until(lambda: jobs.get(job.id).state is not State.RUNNING)
    ended = jobs.get(job.id)
    assert (ended.state, ended.error.code if ended.error else "") == (state, code)
    assert state is State.FAILED or "does not answer" in ended.why


async def test_a_runner_that_leaves_gives_back_and_takes_no_more(
    jobs: Jobs, job: Job, runner: Runner, bench: Bench, until
):
    runner.leave()
    assert runner.ended.wait(10)
    given = jobs.get(job.id)
    assert (given.state, given.attempts, bench.left.is_set()) == (State.WAITING, 0, True)
