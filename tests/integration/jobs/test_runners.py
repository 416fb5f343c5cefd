"""Runners in processes of their own, over HTTP: who gets what, and what becomes of it when one of them dies."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.conftest import clock as clock
from tests.integration.accounts.conftest import settings as settings
from tests.integration.accounts.door import code_of
from tests.integration.jobs.conftest import LEASE_S, ControlPlane, RunnerProcess, go

from nacre.core.errors import Conflict, NotSignedIn, Unavailable
from nacre.core.principals import OWNER
from nacre.jobs.job import Done
from nacre.jobs.states import State
from nacre.jobs.worker import WAIT_S
from nacre.nodes.nodes import JOIN_WITHIN, SILENT_AFTER
from nacre.nodes.remote import RemoteQueue

ASKED = {"slot": "1", "kinds": ["test"], "claim_key": "k" * 16, "wait_s": 20, "version": "1"}
Starter = Callable[..., RunnerProcess]


async def test_a_runner_that_joins_while_twenty_jobs_wait_does_them_all_once(
    plane: ControlPlane, runner: Starter, tmp_path: Path, until
):
    jobs = [plane.submit(f"app-{n % 10}") for n in range(20)]
    go(tmp_path, *jobs)
    late = runner("late", 2)
    joined = datetime.now(UTC)
    await until(lambda: any(late.did("begun", job) for job in jobs))
    began = min(each.began_at for job in jobs for each in plane.jobs.attempts(job.id))
    assert began - joined < timedelta(seconds=1)
    await until(lambda: all(plane.jobs.get(job.id).state is State.DONE for job in jobs), 20)
    assert all(len(late.did("ended", job)) == 1 for job in jobs)
    assert [plane.jobs.get(job.id).attempts for job in jobs] == [1] * 20


async def test_a_job_whose_runner_is_killed_is_done_by_another_one(
    plane: ControlPlane, runner: Starter, tmp_path: Path, clock: TurnedClock, until
):
    first = runner("first")
    job = plane.submit()
    await until(lambda: b"begun by first/1" in plane.jobs.log_since(job.id, 0).data)
    first.end(signal.SIGKILL)
    clock.ahead += timedelta(seconds=LEASE_S)
    second = runner("second")
    await until(lambda: second.did("begun", job), 15)
    assert plane.jobs.get(job.id).attempts == 2
    go(tmp_path, job)
    await until(lambda: plane.jobs.get(job.id).state is State.DONE)
    assert [each.outcome for each in plane.jobs.attempts(job.id)] == ["lost", "done"]
    log = plane.jobs.log_since(job.id, 0).data.decode()
    assert "attempt 2 of 3, by second/1" in log and "begun by second/1" in log


async def test_a_runner_that_is_told_to_end_gives_back_what_it_holds(plane: ControlPlane, runner: Starter, until):
    first = runner("first")
    job = plane.submit()
    await until(lambda: first.did("begun", job))
    assert first.end(signal.SIGTERM) == 0
    given = plane.jobs.get(job.id)
    assert (given.state, given.attempts, first.did("left", job)) == (State.WAITING, 0, [given.fence])


async def test_one_that_only_waits_ends_at_once(plane: ControlPlane, runner: Starter):
    idle = runner("idle")
    began = time.monotonic()
    assert idle.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < WAIT_S / 2


async def test_a_runner_leaves_off_a_job_that_was_cancelled_and_one_of_a_node_that_was_removed(
    plane: ControlPlane, runner: Starter, until
):
    first = runner("first", 2)
    cancelled, removed = plane.submit("shop"), plane.submit("blog")
    await until(lambda: first.did("begun", cancelled) and first.did("begun", removed))
    plane.jobs.cancel(cancelled.id, "person:ann")
    await until(lambda: first.did("left", cancelled), 20)
    assert not first.did("left", removed)
    plane.nodes.remove("first")
    assert plane.jobs.get(removed.id).state is State.WAITING
    await until(lambda: first.did("left", removed), 20)
    assert first.process.wait(20) != 0


async def test_a_node_that_drains_gets_no_work_until_it_does_no_more(plane: ControlPlane, runner: Starter, until):
    first = runner("first")
    plane.nodes.drain("first", True)
    job = plane.submit()
    waiting = plane.jobs.claim("other/1", ["none"], "k" * 16)
    assert waiting is None and plane.nodes.get("first").state == "drained"
    plane.nodes.drain("first", False)
    await until(lambda: first.did("begun", job))


def queue_of(plane: ControlPlane, node: str) -> RemoteQueue:
    return RemoteQueue(plane.url, plane.nodes.add(node, ["runner"], OWNER)[1])


def test_what_a_lost_answer_said_is_said_again(plane: ControlPlane):
    job = plane.submit()
    queue = queue_of(plane, "shelf")
    first, again = (queue.claim("1", ["test"], "k" * 16, 0) for _ in range(2))
    assert first is not None and again is not None
    assert (first.job_id, first.fence) == (again.job_id, again.fence) == (job.id, first.fence)
    assert queue.log(first, 0, b"text") == queue.log(first, 0, b"text") == 4
    assert queue.finish(first, Done(result={})) == queue.finish(first, Done(result={}))


def test_a_fence_that_is_over_is_refused_and_so_is_that_of_another_node(plane: ControlPlane, clock: TurnedClock):
    plane.submit()
    queue, other = queue_of(plane, "shelf"), queue_of(plane, "other")
    held = queue.claim("1", ["test"], "k" * 16, 0)
    assert held is not None
    for use in (
        other.heartbeat,
        lambda hold: other.log(hold, 0, b"x"),
        lambda hold: other.finish(hold, Done(result={})),
    ):
        with pytest.raises(Conflict) as caught:
            use(held)
        assert caught.value.code == "stale-fence"
    clock.ahead += timedelta(seconds=LEASE_S)
    with pytest.raises(Conflict) as caught:
        queue.finish(held, Done(result={}))
    assert caught.value.code == "stale-fence"


def test_a_claim_whose_asker_has_gone_is_for_others(plane: ControlPlane):
    _, token = plane.nodes.add("shelf", ["runner"], OWNER)
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{plane.url}/runner/claim", headers=headers, json=ASKED, timeout=0.3)
    job = plane.submit()
    held = queue_of(plane, "other").claim("1", ["test"], "l" * 16, 5)
    assert held is not None and (held.job_id, held.job.attempts) == (job.id, 1)


def test_the_credential_of_a_node_opens_this_door_alone_and_others_do_not(plane: ControlPlane):
    _, token = plane.nodes.add("shelf", ["runner"], OWNER)
    person = plane.call("token.create", name="mine", role="admin")["token"]
    for path, secret, status, code in (
        ("/runner/hello", token, 200, ""),
        ("/api/projects", token, 401, "bad-token"),
        ("/api/jobs", token, 401, "bad-token"),
        ("/mcp", token, 401, "bad-token"),
        ("/runner/hello", person, 403, "not-a-node"),
        ("/runner/hello", "nacre_node_guessed", 401, "bad-token"),
    ):
        answer = httpx.get(f"{plane.url}{path}", headers={"Authorization": f"Bearer {secret}"})
        assert (answer.status_code, "" if answer.is_success else code_of(answer)) == (status, code), path
    plane.nodes.remove("shelf")
    with pytest.raises(NotSignedIn):
        RemoteQueue(plane.url, token).hello()


def test_a_token_that_nobody_used_in_time_is_worth_nothing_and_another_can_be_had(
    plane: ControlPlane, clock: TurnedClock
):
    used, unused = (queue_of(plane, name) for name in ("shelf", "attic"))
    assert plane.nodes.get("attic").state == "never joined"
    used.claim("1", ["test"], "k" * 16, 0)
    clock.ahead += JOIN_WITHIN
    assert plane.nodes.get("attic").state == "expired" and used.hello().node == "shelf"
    with pytest.raises(NotSignedIn):
        unused.hello()
    assert queue_of(plane, "attic").hello().node == "attic"
    with pytest.raises(Conflict) as caught:
        queue_of(plane, "shelf")
    assert caught.value.code == "node-exists", "one that joined keeps its token"


def test_a_node_that_drains_is_drained_once_it_has_nothing_and_told_as_lost_too(
    plane: ControlPlane, clock: TurnedClock
):
    job, queue = plane.submit(), queue_of(plane, "shelf")
    held = queue.claim("1", ["test"], "k" * 16, 0)
    assert held is not None and held.job_id == job.id
    assert (plane.nodes.drain("shelf", True).state, plane.nodes.get("shelf").lost_since) == ("draining", None)
    queue.finish(held, Done(result={}))
    assert plane.nodes.get("shelf").state == "drained"
    clock.ahead += SILENT_AFTER
    gone = plane.nodes.get("shelf")
    assert (gone.state, gone.lost_since) == ("drained", gone.last_heard_at)
    assert plane.nodes.drain("shelf", False).state == "silent"


def test_what_is_no_runner_says_is_refused(plane: ControlPlane):
    _, token = plane.nodes.add("shelf", ["runner"], OWNER)
    client = httpx.Client(base_url=plane.url, headers={"Authorization": f"Bearer {token}"})
    for path, headers, body in (
        ("/runner/claim", {}, b"{"),
        (
            "/runner/claim",
            {},
            b'{"slot": "../x", "kinds": [], "claim_key": "kkkkkkkkkkkkkkkk", "wait_s": 1, "version": ""}',
        ),
        ("/runner/jobs/1/heartbeat", {}, b""),
        ("/runner/jobs/1/log?offset=-1", {"X-Nacre-Fence": "1"}, b""),
    ):
        assert code_of(client.post(path, content=body, headers=headers)) == "bad-message", path
    answer = client.post("/runner/jobs/1/log?offset=0", content=bytes(2 << 20), headers={"X-Nacre-Fence": "1"})
    assert code_of(answer) == "body-too-large"
    assert code_of(client.post("/runner/jobs/77/heartbeat", headers={"X-Nacre-Fence": "1"})) == "job-not-found"


def test_a_control_plane_that_stops_says_so_to_those_who_wait(settings, clock: TurnedClock, plane: ControlPlane):
    queue = queue_of(plane, "shelf")
    threading.Timer(0.3, plane.jobs.close).start()
    with pytest.raises(Unavailable):
        queue.claim("1", ["test"], "k" * 16, 20)
