"""Which process runs the daemon of a home, as the kernel tells it: a pid file could name a stranger."""

import os
import select
import signal
import socket
import struct
import time
from pathlib import Path

from nacre.core.errors import Failed, NotAllowed

_PEER = struct.Struct("3i")


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


def stop(path: Path, within_s: float) -> float | None:
    """Ask the daemon at this socket to end and wait until it has; returns the seconds it took, None if none ran.

    Raises Failed "still-running" when it has not ended `within_s` seconds later.
    """
    pid = running_pid(path)
    if pid is None:
        return None
    process = os.pidfd_open(pid)  # holds on to the process: its number cannot come to mean another
    try:
        if running_pid(path) != pid:
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
