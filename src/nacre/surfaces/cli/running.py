"""Which processes run and guard the daemon of a home, as the kernel tells it: a pid file could name a stranger."""

import fcntl
import os
import select
import signal
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

from nacre.core.errors import Failed, NotAllowed

SOCKET = "nacre.sock"
GUARD = "guard"
_PEER = struct.Struct("3i")
_LOOK_EVERY_S = 0.1
_STARTED_WITHIN_S = 120.0


def running_pid(path: Path) -> int | None:
    """The process that listens on this socket; None when nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            raise NotAllowed("socket-not-yours", f"{path} belongs to another user.") from None
        except OSError:
            return None  # no such file, nobody listening, or no path that a socket could ever have
        pid, _, _ = _PEER.unpack(probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        return int(pid)


def guard_pid(path: Path) -> int | None:
    """The process that starts the daemon again when it is killed, by the file that it holds; None: there is none."""
    try:
        file = path.open()
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None


def guarded_pid(run: Path, within_s: float = _STARTED_WITHIN_S) -> int | None:
    """The daemon in this folder, also one that was killed a moment ago and is started again; None: there is none.

    Raises Failed "still-starting" when its guard has not had it answer `within_s` seconds later.
    """
    deadline = time.monotonic() + within_s
    while (pid := running_pid(run / SOCKET)) is None and (guard := guard_pid(run / GUARD)) is not None:
        if time.monotonic() > deadline:
            raise Failed("still-starting", f"The daemon does not answer after {within_s:g} s.", hint="See its log.")
        with suppress(ProcessLookupError):
            os.kill(guard, signal.SIGUSR1)
        time.sleep(_LOOK_EVERY_S)
    return pid


def stop(run: Path, within_s: float) -> float | None:
    """Ask the daemon in this folder to end and wait until it has; returns the seconds it took, None if none ran. One
    that was killed and is about to be started again is not.

    Raises Failed "still-running" when it has not ended `within_s` seconds later.
    """
    pid = _to_end(run)
    if pid is None:
        return None
    process = os.pidfd_open(pid)  # holds on to the process: its number cannot come to mean another
    try:
        if _to_end(run) != pid:
            return None
        began = time.monotonic()
        signal.pidfd_send_signal(process, signal.SIGTERM)
        ended, _, _ = select.select([process], [], [], within_s)
        if not ended:
            raise Failed(
                "still-running", f"The daemon (process {pid}) has not ended after {within_s:g} s.", hint="See its log."
            )
        return time.monotonic() - began
    finally:
        os.close(process)


def _to_end(run: Path) -> int | None:
    return running_pid(run / SOCKET) or guard_pid(run / GUARD)
