"""Postgres is killed at any step, alone or with the daemon; or the step fails by itself."""

import pytest
from tests.chaos.points import Deed, single_faults
from tests.chaos.scenarios import Scenario, of_each_kind
from tests.chaos.striking import strike_all

pytestmark = pytest.mark.timeout(900)

WHENS: dict[Deed, tuple[str, ...]] = {
    "both": ("done",),
    "postgres": ("before",),
    "postmaster": ("done",),
    "fail": ("done",),
}


@pytest.mark.parametrize("scenario", of_each_kind(lambda one: len(one.deeds) > 1))
def test_with_its_postgres_killed_at_any_step_it_is_done_or_as_before(scenario: type[Scenario]):
    """All of Postgres, its postmasters alone, or everything with the daemon; and steps that fail by themselves."""
    deeds = [deed for deed in scenario.deeds if deed != "daemon"]
    strike_all(scenario, [run for deed in deeds for run in single_faults(scenario.kind, deed, WHENS[deed])])
