"""Holds every process of a cluster still for an instant, so that nothing is written while something is noted."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from nacre.core.errors import Unavailable
from nacre.engines.postgres.postmaster import Postmaster

# The children are asked for when the time is up; a stopped postmaster has no new ones.
_GUARD = (
    'sleep "$2"; kill -CONT "$1"; '
    'for pid in $(cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -P "$1"); do kill -CONT "$pid"; done'
)


@contextlib.contextmanager
def frozen(running: Postmaster, at_most_s: float = 2.0) -> Iterator[None]:
    """Stop all processes of a server for the length of the block.

    A guard in a session of its own is started first; it thaws the server after `at_most_s` even if this process
    is killed meanwhile. Blocks longer than that are not frozen to their end.
    """
    guard = subprocess.Popen(
        guard_command(running.pid, at_most_s),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        freeze(running)
        yield
    finally:
        thaw(running)
        guard.kill()
        guard.wait()


def freeze(running: Postmaster, within_s: float = 1.0) -> None:
    """Stop the postmaster first, so that no child is born unseen, then its children (SIGSTOP); wait until all stand.

    Raises Unavailable, and thaws, if one of them is stuck in the kernel (a slow disk) for longer than `within_s`.
    """
    deadline = time.monotonic() + within_s
    _stop([running.pid], deadline, running)
    _stop(running.pids()[1:], deadline, running)


def _stop(pids: list[int], deadline: float, running: Postmaster) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    while not all(_stands(pid) for pid in pids):
        if time.monotonic() > deadline:
            thaw(running)
            raise Unavailable("not-frozen", "Postgres could not be held still: its disk does not answer.")
        time.sleep(0.0005)


def _stands(pid: int) -> bool:
    """Whether a process is stopped or gone (field 3 of /proc/<pid>/stat)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "TtZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def thaw(running: Postmaster) -> None:
    """Let everything run again, children first; harmless if nothing was stopped."""
    for pid in reversed(running.pids()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def guard_command(pid: int, after_s: float) -> list[str]:
    """The argv of the guard that thaws the server `pid` after a while."""
    return ["/bin/sh", "-c", _GUARD, "nacre-thaw", str(pid), f"{after_s:g}"]
