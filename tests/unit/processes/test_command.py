"""What running one command promises."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from nacre.core.errors import Failed
from nacre.engines.processes.command import CommandCancelled, CommandFailed, CommandTimedOut, checked, run
from nacre.engines.processes.identity import identify, wait_ended
from nacre.engines.processes.users import Account


def has_gone(pid: int) -> bool:
    """A killed process takes a moment to die."""
    identity = identify(pid)
    return identity is None or wait_ended(identity, 5)


def test_output_and_exit_code_come_back() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout_s=10)
    assert (done.exit_code, done.stdout, done.stderr, done.text) == (3, b"out\n", b"err\n", "out")


def test_large_input_and_output_do_not_wait_for_each_other() -> None:
    text = os.urandom(8 << 20)
    assert run(["cat"], timeout_s=20, stdin=text).stdout == text


def test_a_command_that_does_not_read_its_input_is_no_failure() -> None:
    assert run(["true"], timeout_s=10, stdin=bytes(1 << 20)).exit_code == 0


def test_input_can_be_an_open_file(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"from a file")
    with (tmp_path / "in").open("rb") as file:
        assert run(["cat"], timeout_s=10, stdin=file).stdout == b"from a file"


def test_sinks_get_output_while_the_command_runs(tmp_path: Path) -> None:
    # It ends only after its first line has been passed on.
    script = f"echo first; until [ -e {tmp_path}/seen ]; do :; done; echo last"
    lines: list[bytes] = []

    def sink(chunk: bytes) -> None:
        lines.append(chunk)
        (tmp_path / "seen").touch()

    done = run(["sh", "-c", script], timeout_s=10, on_stdout=sink)
    assert (b"".join(lines), done.stdout) == (b"first\nlast\n", b"")


def test_a_command_past_its_time_is_killed_with_all_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/pid; trap '' TERM; while :; do wait; done"
    with pytest.raises(CommandTimedOut, match="it had not ended after"):
        run(["sh", "-c", script], timeout_s=0.3)
    assert has_gone(int((tmp_path / "pid").read_text()))


def test_a_cancelled_command_is_killed() -> None:
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(CommandCancelled):
        run(["sleep", "600"], timeout_s=600, cancelled=cancelled)
    assert time.monotonic() - began < 5


def test_a_grandchild_that_holds_the_output_is_neither_waited_for_nor_left(tmp_path: Path) -> None:
    done = run(["sh", "-c", f"sleep 600 & echo $! > {tmp_path}/pid; echo done"], timeout_s=10)
    assert (done.text, done.seconds < 5) == ("done", True)
    assert has_gone(int((tmp_path / "pid").read_text()))


def test_a_failure_tells_the_last_words() -> None:
    done = run(["sh", "-c", "echo no such thing >&2; exit 2"], timeout_s=10)
    with pytest.raises(CommandFailed, match="The dump failed: `sh` ended with exit code 2: no such thing"):
        checked(done, "The dump")


def test_death_by_a_signal_is_told_by_name() -> None:
    with pytest.raises(CommandFailed, match="signal SIGKILL"):
        checked(run(["sh", "-c", "kill -9 $$"], timeout_s=10), "It")


def test_a_missing_program_is_refused() -> None:
    with pytest.raises(Failed, match="could not be started: No such file"):
        run(["/no/such/program"], timeout_s=10)


@pytest.mark.root
def test_dropping_to_an_account_drops_its_groups_too(unprivileged: Account) -> None:
    script = "import os; print(os.getuid(), os.getgid(), os.getgroups() == [os.getgid()] or not os.getgroups())"
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    done = run([python, "-c", script], timeout_s=10, user=unprivileged, cwd=Path("/"))
    assert done.text == f"{unprivileged.uid} {unprivileged.gid} True"
