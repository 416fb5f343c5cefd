"""The network between a runner and the control plane is cut: a real one, between two network namespaces.

The runner's clock is ten minutes behind all the while, which nobody should notice.
"""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.far_away import far_away
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.jobs.conftest import RunnerProcess, control_plane_on, go

from nacre.jobs.states import State

pytestmark = pytest.mark.root

PORT = 8420
LEASE_S = 5.0


async def test_a_runner_that_is_cut_off_leaves_off_another_one_finishes_and_it_works_on_once_it_is_back(
    tmp_path: Path, until
):
    clock = TurnedClock()
    clock.ahead = timedelta(minutes=10)
    with far_away(tmp_path) as far, control_plane_on(far.near, PORT, clock, LEASE_S) as plane:
        away = RunnerProcess(plane, "away", tmp_path, before=far.within)
        job = plane.submit()
        await until(lambda: away.did("begun", job))
        time_of_cut = time.monotonic()
        far.cut()
        home = RunnerProcess(plane, "home", tmp_path)
        try:
            await until(lambda: home.did("begun", job), 20)
            await until(lambda: away.did("left", job), 20)
            assert time.monotonic() - time_of_cut > LEASE_S * 0.5, "it had the job for as long as its lease said"
            go(tmp_path, job)
            await until(lambda: plane.jobs.get(job.id).state is State.DONE)
            assert (away.did("ended", job), len(home.did("ended", job))) == ([], 1)
            assert [each.outcome for each in plane.jobs.attempts(job.id)] == ["lost", "done"]
            home.end()
            far.mend()
            after = plane.submit()
            go(tmp_path, after)
            await until(lambda: plane.jobs.get(after.id).state is State.DONE, 30)
            assert len(away.did("ended", after)) == 1
        finally:
            home.end()
            away.end()
