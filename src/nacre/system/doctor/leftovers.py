"""Whether a daemon holds this home, and what one that was killed left behind."""

import fcntl
import socket
from pathlib import Path

from nacre.core.settings import Settings


def daemon_runs(settings: Settings) -> bool:
    """Whether a daemon holds the lock on its pid file, which the kernel lets go of however the daemon ends."""
    try:
        with (settings.home / "run" / "daemon.pid").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def daemon_pid(settings: Settings) -> int | None:
    """The process that holds this home; None when nobody does, or it is just starting."""
    if not daemon_runs(settings):
        return None
    text = (settings.home / "run" / "daemon.pid").read_text().strip()
    return int(text) if text.isdecimal() else None


def daemon_answers(settings: Settings) -> bool:
    """Whether somebody accepts connections on the daemon's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(settings.socket))
        except OSError:
            return False
    return True


def stale_socket(settings: Settings) -> Path | None:
    """The socket of a daemon that is gone. (Its pid file does no harm: only the lock on it counts.)"""
    if daemon_runs(settings) or not settings.socket.exists():
        return None
    return settings.socket
