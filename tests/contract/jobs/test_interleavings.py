"""Runners, answers that get lost, messages that come late and again, clocks that jump: in whatever order, on both."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.contract.jobs.conftest import SetClock, empty

from nacre.core.errors import Conflict
from nacre.core.store.database import Database
from nacre.jobs.job import Claim, Done, Faltered, GivenBack, Trouble
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State

RUNNERS = st.sampled_from(["a/1", "a/2", "b/1"])
APPS = st.sampled_from(["shop", "blog", "wiki"])
NTH = st.integers(0, 99)
AGAIN = Faltered(error=Trouble(code="registry-unreachable", message="It does not answer."))


class Interleaved(RuleBasedStateMachine):
    """Every message that was ever sent may be sent again at any time; every answer may get lost."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        empty(database)
        self.clock = SetClock()
        self.jobs = Jobs(database, self.clock)
        self.keys: list[tuple[str, str]] = []
        self.claims: dict[int, Claim] = {}
        self.done: dict[int, int] = {}
        self.submitted: set[int] = set()

    @rule(app=APPS, key=NTH, priority=st.integers(0, 1))
    def submit(self, app: str, key: int, priority: int) -> None:
        job = self.jobs.submit("build", app, {"project": app}, key=f"{app} {key}", priority=priority, attempts=2)
        self.submitted.add(job.id)

    @rule(runner=RUNNERS, answered=st.booleans())
    def ask(self, runner: str, answered: bool) -> None:
        self.keys.append((runner, f"key {len(self.keys)}"))
        self._claim(*self.keys[-1], answered=answered)

    @precondition(lambda self: self.keys)
    @rule(nth=NTH)
    def ask_again(self, nth: int) -> None:
        self._claim(*self.keys[nth % len(self.keys)], answered=True)

    @precondition(lambda self: self.claims)
    @rule(nth=NTH, what=st.sampled_from(["beat", "log", "done", "again", "back"]))
    def say(self, nth: int, what: str) -> None:
        claim = list(self.claims.values())[nth % len(self.claims)]
        held, before = self._holds(claim), self.jobs.get(claim.job_id)
        try:
            self._say(claim, what)
        except Conflict as refusal:
            assert refusal.code == "stale-fence" and not held
        else:
            assert held or what == "beat" or self.jobs.get(claim.job_id) == before, "a stale fence changed something"

    @rule(seconds=st.sampled_from([1, 10, 31, 600, -600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)

    @precondition(lambda self: self.submitted)
    @rule(nth=NTH)
    def cancel(self, nth: int) -> None:
        job_id = sorted(self.submitted)[nth % len(self.submitted)]
        try:
            self.jobs.cancel(job_id, "person:ann")
        except Conflict as refusal:
            assert refusal.code == "job-over"

    @rule(node=st.sampled_from(["a", "b"]), died=st.booleans())
    def node_leaves(self, node: str, died: bool) -> None:
        if died:
            self.jobs.lapse(node, "it died")
        else:
            self.jobs.take_back(node, "it was removed")

    @invariant()
    def one_holder_of_a_job_and_of_an_app(self) -> None:
        holding = [claim for claim in self.claims.values() if self._holds(claim)]
        assert len({claim.job_id for claim in holding}) == len(holding) == len({claim.job.app for claim in holding})

    @invariant()
    def no_job_is_done_twice_or_lost(self) -> None:
        assert all(times == 1 for times in self.done.values())
        listed = {job.id: job for job in self.jobs.listing(limit=500)}
        assert listed.keys() == self.submitted
        assert all((listed[job_id].state is State.DONE) == (job_id in self.done) for job_id in listed)

    def teardown(self) -> None:
        """Whatever happened, a runner that just works brings every job to an end."""
        for seconds in (0, 31, 61):
            self.clock.move(seconds)
            self.jobs.reclaim()
        while (claim := self.jobs.claim("last/1", ["build"], f"last {len(self.keys)}")) is not None:
            self.keys.append(("last/1", ""))
            self.jobs.finish(claim, Done(result={}))
        assert all(job.state.final for job in self.jobs.listing(limit=500))

    def _claim(self, runner: str, key: str, *, answered: bool) -> None:
        claim = self.jobs.claim(runner, ["build"], key)
        if claim is not None and answered:
            assert self.claims.get(claim.fence, claim).job_id == claim.job_id
            self.claims[claim.fence] = claim

    def _say(self, claim: Claim, what: str) -> Any:
        match what:
            case "beat":
                return self.jobs.heartbeat(claim)
            case "log":
                return self.jobs.log(claim, 0, b"text")
            case "again":
                return self.jobs.finish(claim, AGAIN)
            case "back":
                return self.jobs.finish(claim, GivenBack(why="it stops"))
        was_held = self._holds(claim)
        self.jobs.finish(claim, Done(result={"fence": claim.fence}))
        if was_held:
            self.done[claim.job_id] = self.done.get(claim.job_id, 0) + 1
        return None

    def _holds(self, claim: Claim) -> bool:
        try:
            return self.jobs.holds(claim.job_id, claim.fence)
        except Conflict:
            return False


def test_in_whatever_order_one_holds_a_job_and_it_comes_to_one_end(database: Database) -> None:
    how = settings(max_examples=8, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(lambda: Interleaved(database), settings=how)  # type: ignore[arg-type]
