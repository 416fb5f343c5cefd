"""A pid is not a process: signals reach the process meant, or nobody."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.waiting import eventually

from nacre.engines.processes.identity import (
    Identity,
    ended,
    identify,
    identify_child,
    is_marked,
    is_running,
    send,
    wait_ended,
    works_in,
)
from nacre.engines.processes.memory import pss_bytes


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], cwd=tmp_path, env={"MARK": "this one"}) as process:
        identify_child(process.pid)  # returns once its environment is there to be read
        yield process
        process.kill()


def known(process: subprocess.Popen[bytes]) -> Identity:
    identity = identify(process.pid)
    assert identity is not None
    return identity


def test_a_pid_that_was_given_to_another_process_is_never_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    before = Identity(sleeper.pid, known(sleeper).started_ticks - 1)
    assert not is_running(before)
    assert not send(before, signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_zombie_does_not_run(sleeper: subprocess.Popen[bytes]) -> None:
    identity = known(sleeper)
    assert send(identity, signal.SIGKILL)
    assert wait_ended(identity, 5)
    assert identify(sleeper.pid) is None
    assert not send(identity, signal.SIGKILL)


def test_a_process_runs_while_any_of_its_threads_does() -> None:
    script = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "print('alone', flush=True)\n"
        "ctypes.CDLL(None).syscall(60, 0)"  # exit(2): of this thread alone
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        identity = identify_child(process.pid)
        eventually(lambda: first_thread_ended(process.pid))
        ran, sent = is_running(identity), send(identity, signal.SIGKILL)
        process.kill()
        assert ran and sent
        assert wait_ended(identity, 5)
        assert not is_running(identity)


def first_thread_ended(pid: int) -> bool:
    return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


async def test_the_end_of_a_process_that_is_no_child_is_noticed() -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL).pid)"
    grandchild = identify(int(subprocess.check_output([sys.executable, "-c", script], stderr=subprocess.DEVNULL)))
    assert grandchild is not None
    waiting = asyncio.create_task(ended(grandchild))
    await asyncio.sleep(0)
    assert not waiting.done()
    send(grandchild, signal.SIGKILL)
    await asyncio.wait_for(waiting, 5)


async def test_the_end_of_what_has_ended_already_is_not_waited_for() -> None:
    await asyncio.wait_for(ended(Identity(os.getpid(), 1)), 5)
    await asyncio.wait_for(ended(Identity(2**22 + 1, 1)), 5)


def test_the_proofs_tell_one_process_from_another(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert works_in(tmp_path)(sleeper.pid)
    assert not works_in(tmp_path)(os.getpid())
    assert is_marked("MARK=this one")(sleeper.pid)
    assert not is_marked("MARK=this")(sleeper.pid)


def test_a_child_is_known_by_its_mark_as_soon_as_it_is_identified() -> None:
    for _ in range(50):
        with subprocess.Popen(["sleep", "600"], env={"MARK": "x"}) as process:
            assert is_marked("MARK=x")(identify_child(process.pid).pid)
            process.kill()


def test_a_name_full_of_brackets_and_spaces_is_read_right(tmp_path: Path) -> None:
    odd = tmp_path / ") S 1 (x"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([odd, "600"]) as process:
        identity = known(process)
        assert identity.started_ticks > 1000
        process.kill()


def test_memory_counts_descendants_by_their_share(sleeper: subprocess.Popen[bytes]) -> None:
    assert pss_bytes(os.getpid()) > pss_bytes(sleeper.pid) > 0
    assert pss_bytes(2**22 + 1) == 0
