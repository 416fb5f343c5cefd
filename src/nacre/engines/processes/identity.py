"""Which process is which: a pid alone may have been given to another process since it was written down."""

import asyncio
import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_ENDED = "ZXx"
_SHOWN_WITHIN_S = 0.2

Proof = Callable[[int], bool]
"""Given a pid, whether that process is the one the caller means, by something only it can have."""


@dataclass(frozen=True)
class Identity:
    """One process for all time on this boot: `started_ticks` is field 22 of /proc/PID/stat, see proc_pid_stat(5)."""

    pid: int
    started_ticks: int


def identify(pid: int) -> Identity | None:
    """The identity of the process that has this pid now; None when there is none, or only a zombie."""
    found = _stat(pid)
    return None if found is None or found[0] in _ENDED else Identity(pid, found[1])


def identify_child(pid: int) -> Identity:
    """The identity of a child of ours that nobody has waited for yet, whether it still runs or not.

    The kernel lets whoever starts a program go on a moment before it shows that program's environment, by which
    `is_marked` would know it: so this waits until it does.
    """
    deadline = time.monotonic() + _SHOWN_WITHIN_S
    while (found := _stat(pid)) and found[0] not in _ENDED and not _shown(pid) and time.monotonic() < deadline:
        time.sleep(0.0005)
    assert found is not None, "a child that is not reaped keeps its entry in /proc"
    return Identity(pid, found[1])


def is_running(identity: Identity) -> bool:
    """Whether that very process still runs."""
    return identify(identity.pid) == identity


def send(identity: Identity, signum: signal.Signals) -> bool:
    """Signal that very process; False, and no signal, when it is gone.

    The pidfd is opened before the identity is compared, so a pid that was given to another process is never hit.
    """
    try:
        pidfd = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return False
    try:
        if not is_running(identity):
            return False
        signal.pidfd_send_signal(pidfd, signum)
    except ProcessLookupError:
        return False
    finally:
        os.close(pidfd)
    return True


async def ended(identity: Identity) -> None:
    """Return once that very process has ended; it need not be a child of ours."""
    try:
        pidfd = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    try:
        if not is_running(identity):
            return
        loop.add_reader(pidfd, gone.set)
        await gone.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


def wait_ended(identity: Identity, timeout_s: float) -> bool:
    """The same for a thread: whether that very process ended within `timeout_s`."""
    try:
        pidfd = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return not is_running(identity) or bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(pidfd)


def works_in(folder: Path) -> Proof:
    """Proof that a process has `folder` as its working directory, as a Postgres has its data directory."""

    def proof(pid: int) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").samefile(folder)
        return False

    return proof


def is_marked(mark: str) -> Proof:
    """Proof that a process was started with this `NAME=value` in its environment."""

    def proof(pid: int) -> bool:
        with contextlib.suppress(OSError):
            return os.fsencode(mark) in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False

    return proof


def _shown(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/environ").read_bytes())
    except OSError:
        return True  # not for us to read


def _stat(pid: int) -> tuple[str, int] | None:
    """State and start time, fields 3 and 22 of /proc/PID/stat.

    A process whose first thread has ended is shown as a zombie while others of its threads go on: field 20 counts them.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()  # the name before may hold spaces and brackets
    state, threads = fields[0], int(fields[17])
    return "R" if state == "Z" and threads > 1 else state, int(fields[19])
