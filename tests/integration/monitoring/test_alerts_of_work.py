"""Nodes that fall silent, jobs that wait or fail: told once, and once that it is over."""

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from math import isnan

import pytest
from tests.integration.monitoring.watching import Turned, Watch, watching

from nacre.core.principals import OWNER
from nacre.core.store.store import Store
from nacre.jobs.job import Failed, Faltered, Trouble
from nacre.jobs.jobs import Jobs
from nacre.monitoring.probes.jobs import OfJobs
from nacre.monitoring.probes.node import OfNodes
from nacre.nodes.nodes import LOCAL, Nodes
from nacre.nodes.queue import NodeQueue

MINUTE = timedelta(minutes=1)


@dataclass
class Works:
    """A control plane's jobs and nodes, and the node “far” that joined."""

    store: Store
    jobs: Jobs
    nodes: Nodes
    watch: Watch
    numbers: "itertools.count[int]"

    def submit(self, app: str = "shop", attempts: int = 3) -> None:
        key = f"{app}/{next(self.numbers)}"
        self.jobs.submit("test", app, {"project": "shop"}, key=key, attempts=attempts)

    def take(self, node: str = LOCAL) -> bool:
        return NodeQueue(self.jobs, self.nodes, node).ask("1", ["test"], f"key/{next(self.numbers)}") is not None

    def fail(self, outcome: Failed | Faltered, attempts: int = 3) -> None:
        self.submit(attempts=attempts)
        claim = self.jobs.claim(f"{LOCAL}/1", ["test"], f"key/{next(self.numbers)}")
        assert claim is not None
        self.jobs.finish(claim, outcome)


class NoFleet:
    def report(self, node: str) -> None:
        """No node here runs apps."""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder, clock = tmp_path_factory.mktemp("works"), Turned()
    with closing(Store(folder / "data.db")) as store:
        jobs = Jobs(store, clock)
        nodes = Nodes(store, clock, jobs)
        nodes.settle()
        nodes.add("far", ["runner"], OWNER)
        with watching(store, clock, (OfNodes(nodes, jobs, clock, NoFleet()), OfJobs(jobs)), folder / "key") as watch:
            yield Works(store, jobs, nodes, watch, itertools.count())


def test_a_node_that_never_joined_is_not_missed_and_one_that_falls_silent_is(works: Works) -> None:
    works.watch.only("node-lost")
    assert isnan(works.watch.numbers("node", "far")["up"])
    works.nodes.heard("far", "1")
    assert works.watch.numbers("node", "far")["up"] == 1 and not works.watch.alerter.standing()
    works.watch.clock.ahead += 2 * MINUTE

    def is_back() -> None:
        Nodes(works.store, works.watch.clock, works.jobs).heard("far", "1")  # which another daemon would note at once

    works.watch.fires_and_is_over("A node is not heard of any more (far)", is_back, later=timedelta(seconds=1))
    here = works.watch.numbers("node", LOCAL)
    assert (here["up"], here["silence"], here["draining"], here["jobs"]) == (1, 0, 0, 0)
    assert isnan(here["cpu_percent"]), "this machine is told of as the host"


def test_a_job_that_no_runner_takes(works: Works) -> None:
    works.watch.only("jobs-waiting")
    works.submit()
    assert works.watch.numbers("jobs")["waiting"] == 1 and not works.watch.alerter.standing()
    works.watch.clock.ahead += 11 * MINUTE
    works.watch.fires_and_is_over("Jobs wait long for a runner", works.take)
    numbers = works.watch.numbers("jobs")
    assert (numbers["waiting"], numbers["running"]) == (0, 1) and works.watch.numbers("node", LOCAL)["jobs"] == 1
    works.jobs.lapse(LOCAL, "the test is over")
    works.jobs.cancel(1, "the test")


def test_jobs_that_fail_one_after_another(works: Works) -> None:
    works.watch.only("jobs-failing")
    for _ in range(6):  # by one minute alone, a single job that fails would be many
        works.watch.look(MINUTE)
    trouble = Trouble(code="build-failed", message="It does not compile.")
    works.fail(Failed(error=trouble))
    works.watch.look(MINUTE)
    assert not works.watch.alerter.standing()
    works.fail(Failed(error=trouble))
    works.fail(Faltered(error=trouble), attempts=1)
    works.watch.fires_and_is_over("One job after another fails", lambda: None, later=MINUTE)
    numbers = works.watch.numbers("jobs")
    assert (numbers["failed"], numbers["dead"], numbers["cancelled"]) == (2, 1, 1)
