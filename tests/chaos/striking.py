"""Strikes an operation again and again: each time it is done or as before, and nothing is left over anywhere."""

import json
from pathlib import Path

import pytest
from tests.chaos.points import KINDS, Fault, steps_of
from tests.chaos.scenarios import SCENARIOS, Scenario
from tests.chaos.seen import left_over, look, strays
from tests.chaos.struck import StruckHouse, struck_house, until


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


def expect_all_kinds(home: Path) -> None:
    running = json.loads((home / "procedures.json").read_text())
    assert running == {kind.kind: [step.name for step in steps_of(kind)] for kind in KINDS}
    assert {scenario.kind for scenario in SCENARIOS} == set(KINDS)
