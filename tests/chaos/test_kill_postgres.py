"""Postgres is killed at any step, alone or with the daemon; or the step fails by itself."""

import pytest
from tests.chaos.points import Deed, single_faults
from tests.chaos.scenarios import Rewind, Scenario, of_each_kind
from tests.chaos.striking import strike_all

pytestmark = pytest.mark.timeout(900)

WHENS: dict[Deed, tuple[str, ...]] = {
    "both": ("done",),
    "postgres": ("before",),
    "postmaster": ("done",),
    "fail": ("done",),
}
_ALONE = ("postgres", "fail")


@pytest.mark.parametrize("scenario", of_each_kind(lambda one: len(one.deeds) > 1))
def test_with_its_postgres_killed_at_any_step_it_is_done_or_as_before(
    scenario: type[Scenario], request: pytest.FixtureRequest
):
    """All of Postgres, its postmasters alone, or everything with the daemon; and steps that fail by themselves.

    A rewind meets all of these, and every operation when asked to be thorough.
    """
    everything = scenario is Rewind or request.config.getoption("--thorough")
    deeds = [deed for deed in scenario.deeds if deed in (("both", "postmaster", *_ALONE) if everything else _ALONE)]
    strike_all(scenario, [run for deed in deeds for run in single_faults(scenario.kind, deed, WHENS[deed])])
