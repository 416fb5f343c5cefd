"""The supervisor with real processes that are killed, fail at once, survive the daemon and are found again."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nacre.core.errors import Conflict, Failed, NotFound
from nacre.engines.processes import record
from nacre.engines.processes.child import Child, Command
from nacre.engines.processes.identity import Identity, identify, is_running
from nacre.engines.processes.supervisor import Patience, State, Supervisor

Until = Callable[..., Awaitable[None]]
QUICK = Patience(first_s=0.01, longest_s=0.05, stable_s=60, give_up_after=4)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command("sleeper", ("sleep", "600"), tmp_path / "sleeper.log", tmp_path / "sleeper.json", dict(os.environ))


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(QUICK)
    yield supervisor
    await supervisor.stop_all()


async def test_a_killed_child_is_started_again(supervisor: Supervisor, command: Command, until: Until) -> None:
    first = await supervisor.start(Child(command))
    os.kill(first.pid, signal.SIGKILL)
    await until(lambda: supervisor.status("sleeper").pid not in (None, first.pid))
    status = supervisor.status("sleeper")
    assert (status.state, status.restarts, status.failures) == (State.RUNNING, 1, 1)
    assert status.last_ending == "it ended with signal SIGKILL"


async def test_a_log_that_found_no_room_is_set_aside_once_there_is_some(
    supervisor: Supervisor, command: Command, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nacre.engines.processes.supervisor._LOG_CHECK_S", 0.05)
    await supervisor.start(Child(command))
    command.log_path.write_bytes(b"x" * (17 << 20))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        await asyncio.sleep(0.5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert command.log_path.stat().st_size == 17 << 20
    await until(lambda: command.log_path.stat().st_size == 0)


async def test_repeated_failure_is_given_up_in_plain_sight(command: Command, until: Until) -> None:
    seen: list[State] = []
    supervisor = Supervisor(QUICK, on_change=lambda status: seen.append(status.state))
    supervisor.keep(Child(replace(command, argv=("sh", "-c", "echo no such port; exit 7"))))
    await until(lambda: supervisor.status("sleeper").state is State.GIVEN_UP)
    status = supervisor.status("sleeper")
    assert status.failures == QUICK.give_up_after
    assert status.last_ending == "it ended with exit code 7; its last words: no such port"
    assert seen.count(State.WAITING) == QUICK.give_up_after - 1
    await supervisor.stop_all()
    assert supervisor.statuses() == []


async def test_what_was_given_up_is_tried_again_for_ever_where_it_is_kept_so(command: Command, until: Until) -> None:
    seen: list[State] = []
    supervisor = Supervisor(QUICK, on_change=lambda status: seen.append(status.state))
    supervisor.keep(Child(replace(command, argv=("false",))), again_s=0.02)
    await until(lambda: seen.count(State.GIVEN_UP) == 3)
    assert seen.count(State.WAITING) == QUICK.give_up_after - 1, (
        "once it has been given up, each failure does that anew"
    )
    await supervisor.stop_all()


async def test_a_stable_run_wipes_the_slate(command: Command, until: Until) -> None:
    supervisor = Supervisor(replace(QUICK, stable_s=0))
    supervisor.keep(Child(replace(command, argv=("true",))))
    await until(lambda: supervisor.status("sleeper").restarts > QUICK.give_up_after)
    await supervisor.stop_all()


async def test_patience_doubles_up_to_its_limit() -> None:
    patience = Patience(first_s=0.5, longest_s=30)
    assert [patience.wait_s(n) for n in (1, 2, 3, 7, 100)] == [0.5, 1, 2, 30, 30]


async def test_what_cannot_start_is_told_to_the_caller_and_forgotten(supervisor: Supervisor, command: Command) -> None:
    with pytest.raises(Failed, match="sleeper could not be started: No such file"):
        await supervisor.start(Child(replace(command, argv=("/no/such/program",))))
    with pytest.raises(NotFound):
        supervisor.status("sleeper")


async def test_a_name_is_kept_once(supervisor: Supervisor, command: Command) -> None:
    await supervisor.start(Child(command))
    with pytest.raises(Conflict):
        await supervisor.start(Child(command))


async def test_stopping_ends_the_child_and_all_it_started(
    supervisor: Supervisor, command: Command, tmp_path: Path, until: Until
) -> None:
    script = f"setsid sleep 600 & echo $! > {tmp_path}/pid; trap '' TERM; while :; do wait; done"
    stubborn = replace(command, argv=("sh", "-c", script), stop_timeout_s=0.2)
    running = await supervisor.start(Child(stubborn))
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    await supervisor.stop("sleeper")
    assert not is_running(running)
    assert identify(int((tmp_path / "pid").read_text())) is None
    assert not command.record.exists()


async def test_a_stop_during_a_start_leaves_no_process(supervisor: Supervisor, command: Command) -> None:
    starting = asyncio.create_task(supervisor.start(Child(command)))
    await asyncio.sleep(0)
    await supervisor.stop("sleeper")
    assert not is_running(await starting)


async def test_a_cancelled_start_leaves_the_service_kept(
    supervisor: Supervisor, command: Command, until: Until
) -> None:
    starting = asyncio.create_task(supervisor.start(Child(command)))
    await asyncio.sleep(0)
    starting.cancel()
    await until(lambda: supervisor.status("sleeper").state is State.RUNNING)


async def test_restart_forgets_the_failures(supervisor: Supervisor, command: Command) -> None:
    first = await supervisor.start(Child(command))
    second = await supervisor.restart("sleeper")
    assert first != second
    assert not is_running(first)
    assert supervisor.status("sleeper").restarts == 0


async def test_children_survive_a_killed_daemon_and_are_adopted_by_the_next(
    supervisor: Supervisor, command: Command, tmp_path: Path, until: Until
) -> None:
    daemon = f"""
import asyncio, os
from pathlib import Path
from nacre.engines.processes.child import Child, Command
from nacre.engines.processes.supervisor import Supervisor

async def main():
    command = Command("sleeper", ("sleep", "600"), Path({str(command.log_path)!r}), Path({str(command.record)!r}))
    print((await Supervisor().start(Child(command))).pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", daemon], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    adopted = await supervisor.start(Child(command))
    assert adopted.pid == pid
    assert supervisor.status("sleeper").adopted
    os.kill(pid, signal.SIGKILL)
    await until(lambda: supervisor.status("sleeper").pid not in (None, pid))
    assert not supervisor.status("sleeper").adopted


async def test_a_child_that_was_never_written_down_is_found_by_its_mark(
    supervisor: Supervisor, command: Command
) -> None:
    running = await Child(command).start()
    command.record.unlink()
    assert await supervisor.start(Child(command)) == running
    assert record.read(command.record) == running


async def test_a_record_of_another_process_is_not_believed(supervisor: Supervisor, command: Command) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        other = identify(stranger.pid)
        assert other is not None
        record.write(command.record, other)
        started = await supervisor.start(Child(command))
        assert started != other
        record.write(command.record, Identity(stranger.pid, other.started_ticks))
        await supervisor.stop("sleeper")
        assert stranger.poll() is None
        stranger.kill()


async def test_a_child_of_another_version_is_not_taken_over_but_stopped(command: Command) -> None:
    started = await Child(replace(command, version=("SLEEPER", "1"))).start()
    assert await Child(replace(command, version=("SLEEPER", "1"))).adopt() == started
    other = Child(replace(command, version=("SLEEPER", "2")))
    assert await other.adopt() is None
    await other.stop()
    assert not is_running(started)


async def test_release_leaves_the_process_alone(supervisor: Supervisor, command: Command) -> None:
    running = await supervisor.start(Child(command))
    await supervisor.release("sleeper")
    assert is_running(running)
    await Child(command).stop()
    assert not is_running(running)
