"""Stays beside a detached daemon, and starts it again when it was killed; ends with it when it ends by itself.

Run as a program, with the file that it holds while it lives and the daemon's command line as arguments. SIGTERM ends it
with its daemon; SIGUSR1 has it start the daemon now, where it waits to. Standard library only: it lives as long as the
daemon.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType

_STABLE_S = 60.0
_LONGEST_WAIT_S = 30.0
_GIVE_UP_AFTER = 8
_REPORT = "--report-to="


def main(argv: Sequence[str]) -> int:
    """Guard the daemon that `argv` starts, after the file to hold; returns its exit code."""
    guarded = _Guarded(argv[1:])
    signal.signal(signal.SIGTERM, guarded.end)
    signal.signal(signal.SIGUSR1, guarded.hurry)
    if not _hold(argv[0]):
        return 1
    failures = 0
    while True:
        began = time.monotonic()
        code = guarded.run()
        # A daemon that was told to stop ends with 0, one that cannot start with 1: only what was killed comes back.
        failures = 1 if time.monotonic() - began >= _STABLE_S else failures + 1
        if code >= 0 or failures >= _GIVE_UP_AFTER:
            return code
        if not guarded.rest(min(_LONGEST_WAIT_S, 0.5 * 2 ** (failures - 1))):
            return 0


class _Guarded:
    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = [*argv]
        self._daemon: subprocess.Popen[bytes] | None = None
        self._ending = False
        self._told = SimpleQueue[int]()  # an event could not be set by what runs within its wait

    def run(self) -> int:
        """Start it, and wait until it ends. Only the first one has somebody to report to, and alone holds the pipe."""
        pipes = [int(word.removeprefix(_REPORT)) for word in self._argv if word.startswith(_REPORT)]
        self._daemon = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, pass_fds=pipes)
        if self._ending:  # told so while there was nobody yet to pass it on to
            self._daemon.terminate()
        for pipe in pipes:
            os.close(pipe)
        self._argv = [word for word in self._argv if not word.startswith(_REPORT)]
        return self._daemon.wait()

    def rest(self, seconds: float) -> bool:
        """Wait so long, or until told to hurry; False: to end."""
        while not self._ending and not self._told.empty():
            self._told.get()
        if not self._ending:
            with suppress(Empty):
                self._told.get(timeout=seconds)
        return not self._ending

    def hurry(self, number: int, _frame: FrameType | None) -> None:
        self._told.put(number)

    def end(self, number: int, _frame: FrameType | None) -> None:
        self._ending = True
        self._told.put(number)
        if self._daemon is not None:
            self._daemon.send_signal(number)


def _hold(path: str) -> bool:
    """Write down that this process guards the home, for as long as it lives; False: another one does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}".encode())
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
