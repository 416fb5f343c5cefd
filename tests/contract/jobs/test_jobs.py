"""What every database of jobs promises: leases, fences, attempts, turns, logs; the same on SQLite and PostgreSQL."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.contract.jobs.conftest import SetClock

from nacre.core.errors import Conflict, NotFound, Unavailable
from nacre.core.store.database import Database
from nacre.jobs import logs
from nacre.jobs.job import Claim, Done, Failed, Faltered, GivenBack, Job, LogPiece, Trouble
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import LEASE, State
from nacre.jobs.tables import log_pieces
from nacre.jobs.waiting import wait_for_claim

BUILD = ["build"]
DONE = Done(result={"digest": "sha256:1"})


def submit(queue: Jobs, app: str = "shop", key: str = "", project: str = "", **more: int) -> Job:
    payload = {"project": project or app, "release": 1}
    return queue.submit("build", app, payload, key=key or f"{app}-{time.monotonic_ns()}", **more)


def claim(queue: Jobs, runner: str = "here/1", key: str = "") -> Claim:
    found = queue.claim(runner, BUILD, key or f"{runner}-{time.monotonic_ns()}")
    assert found is not None
    return found


def wait(queue: Jobs, runner: str, key: str = "k") -> Claim | None:
    return wait_for_claim(queue, lambda: queue.claim(runner, BUILD, key), key, 20)


def refused(code: str, function, *arguments) -> None:
    with pytest.raises(Conflict) as caught:
        function(*arguments)
    assert caught.value.code == code


def test_a_job_goes_from_submitted_to_done(queue: Jobs, clock: SetClock):
    job = submit(queue)
    assert (job.state, job.attempts, queue.get(job.id)) == (State.WAITING, 0, job)
    held = claim(queue)
    assert (held.job.id, held.payload, held.lease_until) == (job.id, {"project": "shop", "release": 1}, clock() + LEASE)
    assert queue.holds(job.id, held.fence)
    done = queue.finish(held, DONE)
    assert (done.state, done.result, done.attempts) == (State.DONE, {"digest": "sha256:1"}, 1)
    assert queue.finish(held, DONE) == done
    assert [each.outcome for each in queue.attempts(job.id)] == ["done"]
    refused("stale-fence", queue.holds, job.id, held.fence)
    refused("stale-fence", queue.finish, held, Failed(error=Trouble(code="x", message="x")))
    assert queue.claim("here/1", BUILD, "again") is None


def test_a_key_stands_for_one_job(queue: Jobs):
    job = submit(queue, key="release 1")
    assert submit(queue, key="release 1").id == job.id
    refused("key-reused", lambda: submit(queue, app="blog", key="release 1"))


def test_many_who_submit_under_one_key_make_one_job(queue: Jobs):
    with ThreadPoolExecutor(8) as threads:
        assert len({job.id for job in threads.map(lambda _: submit(queue, key="one"), range(16))}) == 1


def test_a_lost_answer_to_a_claim_is_asked_for_again_until_the_claim_is_over(queue: Jobs, clock: SetClock):
    submit(queue)
    submit(queue, app="blog")
    first = claim(queue, key="k")
    clock.move(20)
    again = claim(queue, key="k")
    assert (again.job_id, again.fence, again.lease_until) == (first.job_id, first.fence, clock() + LEASE)
    assert wait(queue, "other/1") is None
    queue.finish(first, DONE)
    assert queue.claim("here/1", BUILD, "k") is None


def test_a_lease_that_ran_out_makes_the_job_claimable_under_a_greater_fence(queue: Jobs, clock: SetClock):
    job = submit(queue)
    lost = claim(queue, "lost/1")
    clock.move(29)
    assert queue.claim("here/1", BUILD, "early") is None
    assert not queue.heartbeat(lost).cancelled
    clock.move(29)
    assert queue.claim("here/1", BUILD, "early") is None
    clock.move(1)
    for use in (queue.heartbeat, lambda lost: queue.log(lost, 0, b"x"), lambda lost: queue.finish(lost, DONE)):
        refused("stale-fence", use, lost)
    held = claim(queue)
    assert (held.job_id, held.job.attempts) == (job.id, 2)
    assert held.fence > lost.fence
    refused("stale-fence", queue.holds, job.id, lost.fence)
    refused("stale-fence", queue.finish, lost, DONE)
    assert queue.finish(held, DONE).state is State.DONE
    assert b"attempt 2 of 3, by here/1" in queue.log_since(job.id, 0).data
    assert [each.outcome for each in queue.attempts(job.id)] == ["lost", "done"]


def test_a_job_whose_attempts_are_used_up_is_dead_and_says_why(queue: Jobs, clock: SetClock):
    job = submit(queue, attempts=2)
    for _ in range(2):
        claim(queue, "lost/1")
        clock.move(31)
    queue.reclaim()
    dead = queue.get(job.id)
    assert (dead.state, dead.attempts) == (State.DEAD, 2)
    assert "last of 2 attempts came to nothing: runner lost/1 was not heard of" in dead.why
    assert queue.claim("here/1", BUILD, "k") is None


def test_what_cannot_be_done_for_now_is_tried_again_after_ever_longer_pauses(queue: Jobs, clock: SetClock):
    job = submit(queue, attempts=2)
    trouble = Faltered(error=Trouble(code="registry-unreachable", message="The registry does not answer."))
    queue.finish(claim(queue), trouble)
    assert queue.claim("here/1", BUILD, "soon") is None
    clock.move(2)
    dead = queue.finish(claim(queue), trouble)
    assert (dead.id, dead.state) == (job.id, State.DEAD)
    assert dead.error is not None and dead.error.code == "registry-unreachable"


def test_what_fails_is_not_tried_again(queue: Jobs):
    submit(queue)
    failed = queue.finish(
        claim(queue), Failed(error=Trouble(code="bad-lock-file", message="It is torn.", hint="Mend it."))
    )
    assert failed.error is not None
    assert (failed.state, failed.error.hint, failed.why) == (State.FAILED, "Mend it.", "It is torn.")


def test_what_is_given_back_was_no_attempt(queue: Jobs):
    submit(queue, attempts=1)
    queue.finish(claim(queue, "leaving/1"), GivenBack(why="leaving stops"))
    held = claim(queue)
    assert held.job.attempts == 1


def test_a_cancelled_job_is_over_and_its_runner_is_told(queue: Jobs):
    waiting, running = submit(queue, app="blog"), submit(queue)
    assert queue.cancel(waiting.id, "person:ann").state is State.CANCELLED
    held = claim(queue)
    assert queue.cancel(running.id, "person:ann").why == "person:ann cancelled it"
    assert queue.heartbeat(held).cancelled
    refused("stale-fence", queue.finish, held, DONE)
    refused("stale-fence", queue.holds, running.id, held.fence)
    refused("job-over", queue.cancel, running.id, "person:ann")
    with pytest.raises(NotFound):
        queue.cancel(10**9, "person:ann")


def test_a_fence_is_no_use_to_another_runner_or_node(queue: Jobs):
    submit(queue)
    held = claim(queue, "here/1")
    refused("stale-fence", queue.finish, held.model_copy(update={"runner": "other/1"}), DONE)
    refused("stale-fence", queue.holds, held.job_id, held.fence, "other")
    assert queue.holds(held.job_id, held.fence, "here")


def test_one_job_of_an_app_runs_at_a_time(queue: Jobs):
    first, second, blog = submit(queue), submit(queue), submit(queue, app="blog")
    held = claim(queue)
    assert [held.job_id, claim(queue).job_id] == [first.id, blog.id]
    assert queue.claim("here/3", BUILD, "k") is None
    queue.finish(held, DONE)
    assert claim(queue).job_id == second.id


def test_higher_priorities_go_first_and_projects_take_turns(queue: Jobs):
    many = [submit(queue, app=f"big-{n}", project="big") for n in range(4)]
    small = submit(queue, app="small")
    urgent = submit(queue, app="urgent", priority=5)
    order = [claim(queue).job_id for _ in range(6)]
    assert order == [urgent.id, many[0].id, small.id, many[1].id, many[2].id, many[3].id]


def test_runners_take_only_the_kinds_they_can_do(queue: Jobs):
    submit(queue)
    assert queue.claim("here/1", ["other"], "k") is None


def test_many_who_claim_at_once_never_share_a_job_or_an_app(queue: Jobs):
    for n in range(24):
        submit(queue, app=f"app-{n % 8}")
    with ThreadPoolExecutor(16) as threads:
        found = [each for each in threads.map(lambda n: queue.claim(f"r{n}/1", BUILD, f"k{n}"), range(16)) if each]
    assert len({each.job_id for each in found}) == len(found) == len({each.job.app for each in found}) == 8


def test_a_new_job_is_taken_at_once_by_one_who_waits(queue: Jobs):
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(wait, queue, "here/1")
        began = time.monotonic()
        job = submit(queue)
        held = waiting.result(10)
        assert held is not None and held.job_id == job.id
        assert time.monotonic() - began < 1


def test_a_job_whose_app_is_free_again_is_taken_at_once(queue: Jobs):
    submit(queue)
    second = submit(queue)
    held = claim(queue)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(wait, queue, "here/2")
        queue.finish(held, DONE)
        taken = waiting.result(10)
        assert taken is not None and taken.job_id == second.id


def test_nobody_waits_once_the_queue_is_closed(queue: Jobs):
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(wait, queue, "here/1")
        queue.close()
        with pytest.raises(Unavailable):
            waiting.result(5)


def test_a_job_is_waited_for(queue: Jobs):
    job = submit(queue)
    assert queue.wait(job.id, 0.01).state is State.WAITING
    held = claim(queue)
    threading.Thread(target=queue.finish, args=(held, DONE)).start()
    assert queue.wait(job.id, 10).state is State.DONE


def test_a_log_is_taken_once_in_order_and_whole(queue: Jobs):
    submit(queue)
    held = claim(queue)
    assert queue.log(held, 0, b"one ") == 4
    assert queue.log(held, 0, b"one ") == 4
    assert queue.log(held, 2, b"e two ") == 8
    refused("log-gap", queue.log, held, 9, b"three")
    assert queue.log_since(held.job_id, 0) == LogPiece(data=b"one two ", offset=8, over=False)
    assert queue.log_since(held.job_id, 5).data == b"wo "
    queue.finish(held, DONE)
    assert queue.log_since(held.job_id, 8) == LogPiece(data=b"", offset=8, over=True)


def test_a_log_without_end_is_cut_and_says_so(queue: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs, "LONGEST_LOG_BYTES", 10)
    submit(queue)
    held = claim(queue)
    for offset in range(0, 40, 4):
        assert queue.log(held, offset, b"abcd") == offset + 4
    kept = queue.log_since(held.job_id, 0).data
    assert kept.startswith(b"abcdabcdab\n[The log is cut here")
    assert kept.count(b"cut here") == 1


def test_the_jobs_of_a_node_that_leaves_are_for_others_and_those_of_one_that_died_were_attempts(queue: Jobs):
    submit(queue)
    submit(queue, app="blog")
    left, other = claim(queue, "leaving/1"), claim(queue, "leaving-not/1")
    queue.take_back("leaving", "node leaving was removed")
    again = claim(queue, "here/1")
    assert (again.job_id, again.job.attempts) == (left.job_id, 1)
    assert queue.holds(other.job_id, other.fence)
    queue.lapse("here", "it died")
    assert queue.get(again.job_id).attempts == 1
    assert claim(queue).job.attempts == 2


def test_jobs_are_listed_newest_first_for_those_who_may_see_them(queue: Jobs):
    shop, blog, last = submit(queue), submit(queue, app="blog"), submit(queue)
    assert [job.id for job in queue.listing()] == [last.id, blog.id, shop.id]
    assert [job.id for job in queue.listing(lambda project: project == "shop", before=last.id)] == [shop.id]
    claim(queue)
    assert [job.id for job in queue.listing(state=State.RUNNING)] == [shop.id]
    assert [job.id for job in queue.listing(app="blog", limit=1)] == [blog.id]


def test_what_ended_long_ago_is_forgotten(queue: Jobs, clock: SetClock, database: Database):
    old, waiting = submit(queue), submit(queue, app="blog")
    held = claim(queue)
    queue.log(held, 0, b"text")
    queue.finish(held, DONE)
    clock.move(31 * 86_400)
    queue.forget()
    with pytest.raises(NotFound):
        queue.get(old.id)
    assert queue.get(waiting.id).state is State.WAITING
    with database.read() as connection:
        assert connection.execute(log_pieces.select()).all() == []


def test_the_jobs_of_a_project_that_is_deleted_are_gone_and_so_is_what_ran_of_them(queue: Jobs):
    gone, stays = submit(queue, app="shop"), submit(queue, app="blog")
    held = claim(queue)
    queue.log(held, 0, b"text")
    queue.forget_project("shop")
    assert [job.id for job in queue.listing()] == [stays.id]
    with pytest.raises(NotFound):
        queue.finish(held, DONE)
    assert submit(queue, app="shop").id > max(gone.id, stays.id)
