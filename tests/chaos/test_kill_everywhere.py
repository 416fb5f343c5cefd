"""Killed at any step, the daemon, Postgres or both: every operation is done or as before, and nothing is left over."""

import json
import random

import pytest
from tests.chaos.points import (
    KINDS,
    Deed,
    Fault,
    faults_while_recovering,
    faults_while_taking_back,
    single_faults,
    steps_of,
)
from tests.chaos.scenarios import SCENARIOS, CreateBranch, CreateProject, Rewind, RewindOnCopies, Scenario
from tests.chaos.seen import left_over, look, strays
from tests.chaos.struck import StruckHouse, struck_house, until

pytestmark = pytest.mark.timeout(900)  # many runs in one house: starting houses would take longer than they do

WHENS: dict[Deed, tuple[str, ...]] = {
    "both": ("done",),
    "postgres": ("before",),
    "postmaster": ("done",),
    "fail": ("done",),
}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_with_its_daemon_killed_at_any_step_it_is_done_or_as_before(scenario: type[Scenario]):
    kind = scenario.kind
    strike_all(
        scenario, single_faults(kind, "daemon", scenario.daemon_killed) + faults_while_taking_back(kind, "daemon")
    )


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if len(one.deeds) > 1], ids=lambda one: one.__name__)
def test_with_its_postgres_killed_at_any_step_it_is_done_or_as_before(scenario: type[Scenario]):
    """All of Postgres, its postmasters alone, or everything with the daemon; and steps that fail by themselves."""
    deeds = [deed for deed in scenario.deeds if deed != "daemon"]
    strike_all(scenario, [run for deed in deeds for run in single_faults(scenario.kind, deed, WHENS[deed])])


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.again_in_recovery], ids=lambda one: one.__name__)
def test_killed_again_while_it_recovers_it_is_done_or_as_before(scenario: type[Scenario]):
    strike_all(scenario, faults_while_recovering(scenario.kind))


def strike_all(scenario: type[Scenario], runs: list[list[Fault]]) -> None:
    with struck_house(scenario.storage, **scenario.settings) as house:
        expect_all_kinds(house.home)
        world = scenario(house)
        for run in runs:
            refused = world.strike(run)
            done = expect_done_or_as_before(house, world, " then ".join(map(str, run)))
            assert refused or done, f"it was answered, but not done: {run}"
        house.call(world.operation, **world.arguments)
        assert world.is_done(look(house))
        world.again()
        expect_intact(house)


def expect_done_or_as_before(house: StruckHouse, world: Scenario, struck: str) -> bool:
    """Whether it is done; makes the world ready for the next time."""
    seen = look(house)
    done = world.is_done(seen)
    log = house.log()[-3000:]
    assert done or world.is_as_before(seen), f"{seen} instead of {world.before} after {struck}; log:\n{log}"
    try:
        until(lambda: not left_over(house) and not strays(house), 10)
    except AssertionError:
        pytest.fail(f"{left_over(house)} {strays(house)} after {struck}; log:\n{log}")
    if done:
        world.again()
    world.before = look(house)
    return done


def expect_intact(house: StruckHouse) -> None:
    for ref in look(house):
        verified = house.call("history.verify", ref=ref)
        assert verified["ok"], verified


def expect_all_kinds(home):
    running = json.loads((home / "procedures.json").read_text())
    assert running == {kind.kind: [step.name for step in steps_of(kind)] for kind in KINDS}
    assert {scenario.kind for scenario in SCENARIOS} == set(KINDS)


@pytest.mark.parametrize(
    "scenario", [CreateProject, CreateBranch, Rewind, RewindOnCopies], ids=lambda one: one.__name__
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
