"""The network between a runner and the control plane is cut: a real one, between two network namespaces.

The runner's clock is ten minutes behind all the while, which nobody should notice.
"""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.jobs.conftest import RunnerProcess, control_plane_on, go

from nacre.jobs.states import State

pytestmark = pytest.mark.root

PORT = 8420
LEASE_S = 5.0


class Far:
    """A network of its own, held by a process, that reaches this one by one cable."""

    def __init__(self) -> None:
        number = random.randrange(1 << 14)
        net = f"10.213.{number >> 6}"
        self.near, self.far = (f"{net}.{(number & 63) * 4 + host}" for host in (1, 2))
        self.cable = f"cable{number}"
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo there; exec sleep infinity"], stdout=subprocess.PIPE, text=True
        )
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "there\n"

    def lay(self) -> None:
        pid = str(self.holder.pid)
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "far", "netns", pid)
        run("ip", "address", "add", f"{self.near}/30", "dev", self.cable)
        run("ip", "link", "set", self.cable, "up")
        run(*self.within, "ip", "address", "add", f"{self.far}/30", "dev", "far")
        run(*self.within, "ip", "link", "set", "far", "up")

    def cut(self) -> None:
        """Nothing comes through, and nobody is told: the worst way for a network to fail."""
        run(
            *self.within,
            "nft",
            "add table inet cut; add chain inet cut out { type filter hook output priority 0; policy drop; }",
        )

    def mend(self) -> None:
        run(*self.within, "nft", "delete table inet cut")

    def remove(self) -> None:
        """With the last process in it goes the network, and with that the cable."""
        self.holder.kill()
        self.holder.communicate()

    @property
    def within(self) -> tuple[str, ...]:
        return ("nsenter", "--target", str(self.holder.pid), "--net")


def run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}: {done.stderr}"


@contextmanager
def far_away() -> Iterator[Far]:
    far = Far()
    try:
        far.lay()
        yield far
    finally:
        far.remove()


async def test_a_runner_that_is_cut_off_leaves_off_another_one_finishes_and_it_works_on_once_it_is_back(
    tmp_path: Path, until
):
    clock = TurnedClock()
    clock.ahead = timedelta(minutes=10)
    with far_away() as far, control_plane_on(far.near, PORT, clock, LEASE_S) as plane:
        away = RunnerProcess(plane, "away", tmp_path, before=far.within)
        job = plane.submit()
        await until(lambda: away.did("begun", job))
        time_of_cut = time.monotonic()
        far.cut()
        home = RunnerProcess(plane, "home", tmp_path)
        try:
            await until(lambda: home.did("begun", job), 20)
            await until(lambda: away.did("left", job), 20)
            assert time.monotonic() - time_of_cut > LEASE_S * 0.7, "it had the job for as long as its lease said"
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
