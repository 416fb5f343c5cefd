"""kill -9 of everything at every phase of a publish, and a runner that loses its job in mid-push.

The old or the new release serves, no answer is a mixture, it ends honestly, and nothing is migrated twice.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.far_runner import FarRunner
from tests.chaos.points import Deed, Fault
from tests.chaos.struck import StruckHouse, struck_house, until
from tests.chaos.visiting import Visitor, write_visited
from tests.far_away import far_away

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.digests import parse_digest
from nacre.jobs.job import Done, Hold, Job
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State
from nacre.nodes.messages import FENCE, JOB
from nacre.nodes.remote import RemoteQueue, trusting
from nacre.publishing.releases import ENDED, PHASES

STRUCK = [phase for phase in PHASES if phase not in ENDED]
AT_WORK = [phase for phase in STRUCK if phase not in ("queued", "database")]
"""In these there is a sandbox for the release that is published."""

# “after” a phase is “before” the next one, but for the last.
POINTS = [(phase, when) for phase in STRUCK for when in ("before", "done")]
POINTS.append(("switching", "after"))
# All at once where it matters most: one release is at the door, the other one leaves.
BLOWS = [*((point, "daemon") for point in POINTS), (("switching", "before"), "all"), (("switching", "done"), "all")]
ONCE_EACH = [*((phase, "before") for phase in STRUCK), ("switching", "done")]
LARGE_BYTES = 4 << 20


@pytest.fixture(scope="module")
def house() -> Iterator[StruckHouse]:
    """A house whose app is live, in its release 1."""
    with struck_house("btrfs", NACRE_MODE="full") as house:
        house.call("project.create", name="shop")
        write_visited(house.files("shop"), 1)
        house.call("app.publish", ref="shop")
        yield house


@pytest.fixture(scope="module")
def visitor(house: StruckHouse) -> Iterator[Visitor]:
    with Visitor(house, "shop") as visitor:
        yield visitor


@pytest.mark.parametrize(("point", "deed"), BLOWS, ids=lambda one: one if isinstance(one, str) else "-".join(one))
def test_daemon_killed_the_next_one_brings_it_to_its_end(
    house: StruckHouse, visitor: Visitor, point: tuple[str, str], deed: Deed
) -> None:
    old, number, mark = write_next(house, visitor)
    house.arm([fault(point, deed)])
    with suppress(NacreError):
        house.call("app.publish", ref="shop")
    house.wait_gone()
    if deed == "daemon":
        visitor.wait_served(old, number)  # Caddy and the app go on without it
    house.up()
    visitor.wait_served(old, number)
    release = until(lambda: ended(house, number))
    assert house.left_to_strike() == []
    assert (release["phase"], release["error"]) == ("live", None)
    visitor.wait_served(number)
    visitor.expect_whole(mark, old, number)
    assert house.call("app.show", app="shop")["release"] == number
    expect_migrated(house)


def test_killed_again_and_again_a_first_publish_makes_its_data_once_and_comes_through(house: StruckHouse) -> None:
    faults = [
        Fault("create", "open", "before", "daemon"),  # its own branch, taken back and made again
        Fault("publish", "database", "done", "daemon"),
        Fault("publish", "starting", "done", "daemon"),
    ]
    house.call("project.create", name="fresh")
    with house.connect("fresh") as connection:
        connection.execute("CREATE TABLE orders (id int)")
    write_visited(house.files("fresh"), 1)
    house.arm(faults)
    with suppress(NacreError):
        house.call("app.publish", ref="fresh")
    for left in (2, 1, 0):
        house.wait_gone()
        assert len(house.left_to_strike()) == left
        house.up()
    until(lambda: house.call("app.show", app="fresh")["release"] == 1)
    with Visitor(house, "fresh") as visitor:
        visitor.wait_served(1)
    assert [one["ref"] for one in house.call("branch.list", ref="fresh")] == ["fresh", "fresh:production"]
    with house.connect("fresh:production") as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(0,)]
        assert connection.execute("SELECT number FROM runs").fetchall() == [(1,)]


@pytest.mark.parametrize("index", range(len(ONCE_EACH)))
def test_gateway_and_serving_sandbox_killed_it_goes_live(house: StruckHouse, visitor: Visitor, index: int) -> None:
    if index % 3 == 2:
        house.restart()  # its patience with a gateway that is killed again and again begins anew
    other = (index + len(ONCE_EACH) // 2) % len(ONCE_EACH)
    blows = [fault(ONCE_EACH[index], "gateway"), fault(ONCE_EACH[other], "serving")]
    release = publish_struck(house, visitor, blows if index < other else blows[::-1])
    assert (release["phase"], release["error"]) == ("live", None)
    expect_migrated(house)


# A build is begun anew; nobody knows how far a release command came; what dies before it serves is not switched to.
@pytest.mark.parametrize("phase", AT_WORK)
def test_sandbox_at_work_killed_what_it_was_at_is_done_anew_or_given_up(
    house: StruckHouse, visitor: Visitor, phase: str
) -> None:
    ends = {"building": None, "releasing": "run-lost", "starting": "release-crashed", "switching": None}
    release = publish_struck(house, visitor, [fault((phase, "before"), "working")], pause_s=0.5)
    assert (release["error"] or {"code": None})["code"] == ends[phase]
    if phase == "building":
        assert house.call("job.show", id=release["job"])["attempts"] == 2
    expect_migrated(house)


@pytest.mark.parametrize("how", ["standing still", "cut off, its clock ten minutes behind"])
def test_a_runner_that_loses_its_job_in_mid_push_is_refused_and_another_one_delivers(
    house: StruckHouse, visitor: Visitor, how: str, tmp_path: Path
) -> None:
    (house.files("shop") / "large").write_bytes(os.urandom(LARGE_BYTES))
    house.call("node.drain", name="local")
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store(house.home / "data.db")))
        network = stack.enter_context(far_away(tmp_path)) if how.startswith("cut") else None
        far = stack.enter_context(FarRunner(house, LARGE_BYTES // 2, network))
        pool = stack.enter_context(ThreadPoolExecutor(1))
        jobs = Jobs(store, system_clock, timedelta(0), shared=True)
        far.says("builds for")
        publishing = pool.submit(publish_struck, house, visitor, [])
        assert far.stands_still.wait(20)
        job = jobs.listing(state=State.RUNNING)[0]
        until(lambda: waits(jobs, job))
        house.call("node.drain", name="local", off=True)
        release = publishing.result()
        assert release["phase"] == "live"
        far.go_on()
        assert "is over" in far.says("job lost")
        hold = Hold(job_id=job.id, fence=job.fence, runner=str(job.runner))
        expect_refused(house, far.token, str(release["digest"]), hold)
        ends = [(each.runner.partition("/")[0], each.outcome) for each in jobs.attempts(job.id)]
    assert ends == [(far.name, "lost"), ("local", "done")]
    expect_migrated(house)


@pytest.mark.parametrize("named", ["nothing that there is", "what lies here for others", "no digest"])
def test_a_runner_that_names_an_image_which_it_did_not_deliver_changes_nothing(
    house: StruckHouse, visitor: Visitor, named: str
) -> None:
    base = json.loads((house.home / "images" / "bases.json").read_text())["python-image"]["digest"]
    digest = {"nothing that there is": f"sha256:{'0' * 64}", "what lies here for others": base}.get(named, named)
    name = f"liar-{secrets.token_hex(2)}"
    token = str(house.call("node.add", name=name)["token"])
    house.call("node.drain", name="local")
    url, root = f"https://localhost:{house.settings.port}", house.home / "root.crt"
    with closing(RemoteQueue(url, token, root)) as queue, ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish_struck, house, visitor, [])
        claim = queue.claim("0", ["build"], secrets.token_hex(8), 20)
        assert claim is not None
        queue.finish(
            Hold(job_id=claim.job_id, fence=claim.fence, runner=claim.runner),
            Done(result={"digest": digest, "run": {}}),
        )
        release = publishing.result()
    house.call("node.remove", name=name)
    house.call("node.drain", name="local", off=True)
    refused = "bad-digest" if named == "no digest" else "manifest-not-found"
    assert (release["phase"], release["error"]["code"]) == ("failed", refused)
    expect_migrated(house)


def test_a_disk_that_is_full_fails_the_publish_and_there_is_room_again_for_the_next(
    house: StruckHouse, visitor: Visitor
) -> None:
    large = house.files("shop") / "large"
    large.write_bytes(os.urandom(LARGE_BYTES))
    with almost_full(house.home / "images", LARGE_BYTES // 2):
        release = publish_struck(house, visitor, [])
    assert release["error"]["code"] == "disk-full"
    assert publish_struck(house, visitor, [])["phase"] == "live"
    expect_migrated(house)


@contextmanager
def almost_full(folder: Path, left_bytes: int) -> Iterator[None]:
    """What lies in the folder, on a disk of its own that has so little room left."""
    sizes = subprocess.run(["du", "-s", "--block-size=1", folder], capture_output=True, text=True, check=True)
    aside = folder.with_name("aside")
    subprocess.run(["cp", "-al", folder, aside], check=True)
    size = int(sizes.stdout.split()[0]) + left_bytes
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "nacre-full", folder], check=True)
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        shutil.rmtree(aside)


def waits(jobs: Jobs, job: Job) -> bool:
    """Once the lease is over by the rules of one for whom leases last no time."""
    jobs.reclaim()
    return jobs.get(job.id).state is State.WAITING


def expect_refused(house: StruckHouse, token: str, digest: str, hold: Hold) -> None:
    """Whoever shows a fence that is over, to the registry or the jobs."""
    url, root = f"https://localhost:{house.settings.port}", house.home / "root.crt"
    blobs = Blobs(house.home / "images" / "blobs")
    remote = Remote(url, "shop/shop", ("node", token), {JOB: str(hold.job_id), FENCE: str(hold.fence)}, trusting(root))
    with Client(remote) as registry, pytest.raises(NacreError, match="claim"):
        registry.push(blobs, parse_digest(digest))
    queue = RemoteQueue(url, token, root)
    with pytest.raises(NacreError) as refused:
        queue.finish(hold, Done(result={"digest": digest}))
    queue.close()
    assert refused.value.code == "stale-fence"


def fault(point: tuple[str, str], deed: Deed) -> Fault:
    return Fault("publish", *point, deed)


def publish_struck(house: StruckHouse, visitor: Visitor, blows: list[Fault], pause_s: float = 0) -> dict[str, Any]:
    """The release that comes of it, live or failed with words, while the daemon goes on."""
    old, number, mark = write_next(house, visitor, pause_s)
    house.arm(blows)
    with suppress(NacreError):
        house.call("app.publish", ref="shop")
    assert house.left_to_strike() == []
    release: dict[str, Any] = house.call("release.show", app="shop", number=number)
    assert release["phase"] == "live" or release["error"]["message"], release
    serves = number if release["phase"] == "live" else old
    visitor.wait_served(serves)
    visitor.expect_whole(mark, old, serves)
    assert house.call("app.show", app="shop")["release"] == serves
    return release


def write_next(house: StruckHouse, visitor: Visitor, pause_s: float = 0) -> tuple[int, int, int]:
    """The release that serves, the number of the next one, and how many answers the visitor has had."""
    shown = house.call("app.show", app="shop")
    old, number = shown["release"], shown["latest"]["number"] + 1
    write_visited(house.files("shop"), number, pause_s)
    visitor.wait_served(old)
    return old, number, len(visitor.seen)


def expect_migrated(house: StruckHouse) -> None:
    """Every release that went live migrated the production database once, any other one at most once."""
    with house.connect("shop:production") as connection:
        ran = [number for (number,) in connection.execute("SELECT number FROM runs ORDER BY number")]
    assert len(ran) == len(set(ran)), f"migrated twice: {ran}"
    assert {one["number"] for one in house.call("release.list", app="shop") if one["phase"] == "live"} <= set(ran)


def ended(house: StruckHouse, number: int) -> dict[str, object] | None:
    found = next((one for one in house.call("release.list", app="shop") if one["number"] == number), None)
    return found if found is not None and found["phase"] in ENDED else None
