"""A build as a job: claimed, built, delivered under its fence, its log and its end told to whoever asks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.applications import lay_out
from tests.building import Yard

from nacre.building.work import KIND, BuildWork, Payload
from nacre.core.clock import system_clock
from nacre.core.errors import Conflict
from nacre.core.settings import load
from nacre.core.store.store import Store
from nacre.engines.oci.digests import Digest
from nacre.images.elsewhere import Elsewhere
from nacre.images.images import Images
from nacre.images.repository import Access, Fence
from nacre.images.runspec import RunSpec
from nacre.jobs.job import Claim
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State
from nacre.jobs.worker import Runner
from nacre.nodes.nodes import LOCAL, Nodes
from nacre.nodes.queue import NodeQueue
from nacre.repositories.sources import FromCommit

pytestmark = [pytest.mark.root, pytest.mark.xdist_group("builds")]

SOURCES = {
    "a" * 40: {"index.html": "<h1>Home</h1>"},
    "b" * 40: {"index.html": "x", "nacre.toml": "[publish]\nbuild = 'echo begun; sleep 100'\n"},
    "c" * 40: {"requirements.txt": "flask"},
}


class Floor:
    """Jobs, the registry and one runner, as they are wired in a daemon."""

    def __init__(self, place: Yard) -> None:
        (place.home / "store").mkdir()
        self.store = Store(place.home / "store" / "data.db")
        self.jobs = Jobs(self.store, system_clock)
        nodes = Nodes(self.store, system_clock, self.jobs)
        nodes.settle()
        settings, _ = load({"NACRE_HOME": str(place.home)}, {})
        blobs, rootfs, bases = place.store.blobs, place.store.rootfs, place.store.bases
        access, elsewhere = Access(self.jobs, lambda name: True, lambda node, repository: True), Elsewhere.of(settings)
        self.images = Images(self.store, blobs, rootfs, bases, access, elsewhere, system_clock)
        work = BuildWork(place.builder(), self.images, place.home / "sources", self.fetch, self.deliver)
        self.runner = Runner(NodeQueue(self.jobs, nodes, LOCAL), {KIND: work}, "1", 0.2)

    def fetch(self, _claim: Claim, payload: Payload, folder: Path) -> None:
        assert isinstance(payload.source, FromCommit)
        lay_out(SOURCES[payload.source.sha], folder)

    def deliver(self, claim: Claim, payload: Payload, digest: Digest) -> None:
        self.images.record(payload.repository, digest, Fence(claim.job_id, claim.fence))

    def submit(self, sha: str) -> int:
        source = {"kind": "commit", "sha": sha}
        payload: dict[str, Any] = {"project": "shop", "app": "shop", "release": 1, "source": source}
        return self.jobs.submit(KIND, "shop", payload, key=sha).id


@pytest.fixture(scope="module")
def floor(place: Yard) -> Iterator[Floor]:
    floor = Floor(place)
    floor.runner.start()
    yield floor
    floor.jobs.close()
    floor.runner.stop()
    assert [*(place.home / "sources").iterdir()] == place.leftovers() == []
    floor.store.close()


def test_a_job_ends_with_an_image_in_the_registry(floor):
    job = floor.jobs.wait(floor.submit("a" * 40), 60)
    assert (job.state, job.error) == (State.DONE, None)
    assert RunSpec.model_validate(job.result["run"]).kind == "static"
    floor.images.tag("shop/shop", 1, job.result["digest"])
    assert set(job.result["seconds"]) == {"reading", "base", "packing"}
    log = floor.jobs.log_since(job.id, 0).data.decode()
    assert "== packing\n" in log and job.result["digest"] in log


def test_a_cancelled_job_ends_its_build(floor):
    job = floor.submit("b" * 40)
    while b"begun" not in floor.jobs.log_since(job, 0).data:
        assert not floor.jobs.wait(job, 0.1).state.final
    floor.jobs.cancel(job, "ada")
    assert floor.jobs.get(job).state is State.CANCELLED


def test_what_cannot_be_published_is_told_by_the_job(floor):
    job = floor.jobs.wait(floor.submit("c" * 40), 60)
    assert (job.state, job.error.code) == (State.FAILED, "no-start-command")
    assert "[publish] start" in job.error.hint


def test_an_image_is_not_delivered_under_a_fence_that_is_over(floor):
    job = floor.jobs.wait(floor.submit("a" * 40), 60)
    claim = Claim(job_id=job.id, fence=job.fence, runner="local/1", job=job, payload={}, lease_s=1,
                  lease_until=job.submitted_at)  # fmt: skip
    payload = Payload.model_validate(floor.jobs.payload(job.id))
    with pytest.raises(Conflict) as caught:
        floor.deliver(claim, payload, Digest(job.result["digest"]))
    assert caught.value.code == "stale-fence"
