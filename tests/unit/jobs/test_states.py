"""The rules of jobs: whatever happens in whatever order, one holder at a time, and no job is lost or done twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nacre.jobs import states
from nacre.jobs.states import LEASE, Standing, State
from nacre.jobs.turns import Candidate, in_turn

START = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)
ACTIONS = st.sampled_from(["claim", "beat", "finish", "falter", "give back", "cancel", "sweep"])
ACTS = st.lists(st.tuples(ACTIONS, st.integers(1, 9), st.floats(-45, 45)), max_size=60)


@dataclass
class Life:
    """One job, driven by whoever likes; `fence` counts up as the database's does."""

    standing: Standing = field(default_factory=lambda: Standing(State.WAITING, 0, 3, 0, None, START, ""))
    now: datetime = START
    fence: int = 0
    claims: int = 0
    given_back: int = 0
    completions: int = 0

    def act(self, action: str, shown: int, seconds: float) -> None:
        """`shown` is how many claims ago the fence is from that whoever acts shows."""
        self.now += timedelta(seconds=seconds)
        held = states.holds(self.standing, self.fence + 1 - shown, self.now)
        match action:
            case "claim" if self.standing.state is State.WAITING and self.standing.ready_at <= self.now:
                self.fence, self.claims = self.fence + 1, self.claims + 1
                self.standing = states.claimed(self.standing, self.fence, self.now)
            case "beat" if held:
                self.standing = states.renewed(self.standing, self.now)
            case "finish" if held:
                self.standing, self.completions = states.ended(self.standing, State.DONE, "done"), self.completions + 1
            case "falter" if held:
                self.standing = states.faltered(self.standing, "the registry is down", self.now)
            case "give back" if held:
                self.standing, self.given_back = (
                    states.given_back(self.standing, "it stops", self.now), self.given_back + 1,
                )  # fmt: skip
            case "cancel" if not self.standing.state.final:
                self.standing = states.ended(self.standing, State.CANCELLED, "cancelled")
            case "sweep" if states.overdue(self.standing, self.now):
                self.standing = states.lapsed(self.standing, "shelf/1 was not heard of", self.now)
            case "sweep" if not self.standing.state.final:
                self.standing = states.brought_near(self.standing, self.now)


@given(ACTS)
def test_whoever_acts_in_whatever_order_only_the_last_fence_holds_and_only_for_its_lease(acts) -> None:
    life = Life()
    for action, shown, seconds in acts:
        before = life.standing
        life.act(action, shown, seconds)
        after = life.standing
        assert after.fence >= before.fence
        assert not before.state.final or after == before, "what is over stays as it is"
        holders = [fence for fence in range(1, life.fence + 1) if states.holds(after, fence, life.now)]
        assert holders in ([], [after.fence])
        assert (after.lease_until is not None) == (after.state is State.RUNNING)
        assert 0 <= after.attempts <= after.most_attempts
        assert after.attempts == life.claims - life.given_back
        assert life.completions == (after.state is State.DONE)
        assert after.state is not State.DEAD or (after.attempts == after.most_attempts and after.why)


@given(ACTS)
def test_a_job_left_alone_is_claimable_again_or_over_however_the_clock_was_set(acts) -> None:
    life = Life()
    for action, shown, seconds in acts:
        life.act(action, shown, seconds)
    for seconds in (0, LEASE.total_seconds(), 60):
        life.act("sweep", 1, seconds)
    assert life.standing.state.final or life.standing.ready_at <= life.now


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40), st.integers(2, 5))
def test_no_project_waits_for_more_than_one_job_of_each_other_one(apps: list[tuple[int, int]], projects: int) -> None:
    """All jobs of one priority, one runner that takes them one by one."""
    waiting = [(n, f"{project}", f"{project}-{app}") for n, (project, app) in enumerate(apps)]
    served: dict[str, int] = {}
    order: list[str] = []
    while waiting:
        firsts = {app: (number, project) for number, project, app in reversed(waiting)}
        candidates = [
            Candidate(number, app, project, 0, served.get(project, 0), served.get(app, 0))
            for app, (number, project) in firsts.items()
        ]
        taken = in_turn(candidates)[0]
        waiting = [each for each in waiting if each[0] != taken.id]
        order.append(taken.project)
        served[taken.project] = served[taken.app] = len(order)
        still = {project for _, project, _ in waiting}
        for project in still & served.keys():
            since = order[served[project] :]
            assert all(since.count(other) <= 1 for other in set(since)), (order, project)


@given(st.lists(st.builds(Candidate, st.integers(), st.text(), st.text(), *[st.integers(0, 9)] * 3), max_size=20))
def test_a_higher_priority_always_goes_first(candidates: list[Candidate]) -> None:
    priorities = [each.priority for each in in_turn(candidates)]
    assert priorities == sorted(priorities, reverse=True)
