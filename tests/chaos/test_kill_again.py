"""The daemon is killed twice: around a commit, and again while it recovers from that; and at no step, but anywhere."""

import random

import pytest
from tests.chaos.points import faults_while_recovering
from tests.chaos.scenarios import SCENARIOS, Checkpoint, Collect, CreateBranch, CreateProject, Rewind, Scenario
from tests.chaos.striking import expect_done_or_as_before, strike_all
from tests.chaos.struck import struck_house

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize(
    "scenario",
    [
        # What these do anew after one kill they do after the next as well; the others have more to undo.
        pytest.param(one, id=one.__name__, marks=[pytest.mark.thorough] if one in (Checkpoint, Collect) else [])
        for one in SCENARIOS
        if one.again_in_recovery
    ],
)
def test_killed_again_while_it_recovers_it_is_done_or_as_before(scenario: type[Scenario]):
    strike_all(scenario, faults_while_recovering(scenario.kind))


@pytest.mark.parametrize(
    "scenario",
    [CreateProject, pytest.param(CreateBranch, marks=pytest.mark.thorough), Rewind],
    ids=lambda one: one.__name__,
)
def test_killed_at_any_instant_it_is_done_or_as_before(scenario: type[Scenario]):
    """Inside the steps as well: while initdb runs, while a base is being cloned, while WAL is replayed."""
    instants = random.Random(scenario.__name__)
    with struck_house(scenario.storage, **scenario.settings) as house:
        world = scenario(house)
        for _ in range(6):
            delay_s = instants.uniform(0.0, 0.6)
            house.kill_after(delay_s, world.operation, **world.arguments)
            expect_done_or_as_before(house, world, f"a kill after {delay_s:.3f} s")
