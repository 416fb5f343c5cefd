"""A control plane that serves jobs over HTTP, without databases of projects: its own parts, store and servers."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import Door, open_door

from nacre.core.principals import OWNER
from nacre.core.settings import Settings
from nacre.jobs.job import Job
from nacre.jobs.jobs import Jobs
from nacre.nodes.nodes import Nodes

LEASE_S = 60.0
_PROCESS = Path(__file__).with_name("runner_process.py")


class ControlPlane(Door):
    """The clock can be turned, so that tests see leases end; where they must end by themselves they are short."""

    lease_s = LEASE_S

    async def start(self) -> None:
        await super().start()
        jobs = Jobs(self.ground.store, self._clock, timedelta(seconds=self.lease_s))
        self._services |= {Jobs: jobs, Nodes: Nodes(self.ground.store, self._clock, jobs)}
        self.nodes.settle()

    @property
    def jobs(self) -> Jobs:
        return self.service(Jobs)

    @property
    def nodes(self) -> Nodes:
        return self.service(Nodes)

    def submit(self, app: str = "shop", **more: int) -> Job:
        """A job that waits for its go."""
        key = f"{app} {os.urandom(8).hex()}"
        return self.jobs.submit("test", app, {"project": app}, key=key, **more)


@contextmanager
def control_plane_on(host: str, port: int, clock: TurnedClock, lease_s: float = LEASE_S) -> Iterator[ControlPlane]:
    with tempfile.TemporaryDirectory(prefix="nacre-") as home:
        settings = Settings(home=Path(home), host=host, port=port, mode="slim", console=False)
        plane = ControlPlane(settings, clock, only_ask=False)
        plane.lease_s = lease_s
        with open_door(plane):
            yield plane


@pytest.fixture
def plane(settings: Settings, clock: TurnedClock) -> Iterator[ControlPlane]:
    with control_plane_on("127.0.0.1", settings.port, clock) as plane:
        yield plane


class RunnerProcess:
    """A runner in a process of its own (runner_process.py); `before` is put before its command line."""

    def __init__(
        self, plane: ControlPlane, node: str, folder: Path, slots: int = 1, before: tuple[str, ...] = ()
    ) -> None:
        _, token = plane.nodes.add(node, ["runner"], OWNER)
        url = f"http://{plane.settings.host}:{plane.settings.port}"
        self.folder = folder
        self.process = subprocess.Popen(
            [*before, sys.executable, str(_PROCESS), url, token, str(folder), str(slots)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "joined\n"

    def did(self, what: str, job: Job) -> list[int]:
        """The fences under which it noted this of the job."""
        mine = str(self.process.pid)
        found = [path for path in self.folder.glob(f"{job.id}.*.{what}") if path.read_text() == mine]
        return sorted(int(path.name.split(".")[1]) for path in found)

    def end(self, how: signal.Signals = signal.SIGKILL) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def runner(plane: ControlPlane, tmp_path: Path) -> Iterator[Callable[..., RunnerProcess]]:
    """`runner("shelf")` starts one and waits until it has joined."""
    running: list[RunnerProcess] = []

    def start(node: str, slots: int = 1) -> RunnerProcess:
        running.append(RunnerProcess(plane, node, tmp_path, slots))
        return running[-1]

    yield start
    for each in running:
        each.end()


def go(folder: Path, *jobs: Job) -> None:
    """Let these jobs come to their end."""
    for job in jobs:
        (folder / f"{job.id}.go").touch()
