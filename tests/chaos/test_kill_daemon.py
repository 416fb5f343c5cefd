"""The daemon is killed at any step: every operation is done or as before, and nothing is left over."""

import pytest
from tests.chaos.points import faults_while_taking_back, single_faults
from tests.chaos.scenarios import SCENARIOS, DeleteProject, RewindFiles, Scenario, Undo
from tests.chaos.striking import strike_all

pytestmark = pytest.mark.timeout(900)  # many runs in one house: starting houses would take longer than they do


@pytest.mark.parametrize(
    "scenario",
    [
        # What a copy changes is tested with every storage driver, and by rewinding on one; the others left out go the
        # steps of one that is not.
        pytest.param(
            one,
            id=one.__name__,
            marks=[pytest.mark.thorough] if one.storage == "copy" or one in (DeleteProject, RewindFiles, Undo) else [],
        )
        for one in SCENARIOS
    ],
)
def test_with_its_daemon_killed_at_any_step_it_is_done_or_as_before(scenario: type[Scenario]):
    kind = scenario.kind
    runs = single_faults(kind, "daemon", ("before",))[:1]  # before any other is where the one before it ended
    runs += single_faults(kind, "daemon", scenario.daemon_killed)
    strike_all(scenario, runs + faults_while_taking_back(kind, "daemon"))
