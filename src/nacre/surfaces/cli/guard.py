"""Stays beside a detached daemon, and starts it again when it was killed; ends with it when it ends by itself.

Run as a program, with the daemon's command line as arguments. Standard library only: it lives as long as the daemon.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

_STABLE_S = 60.0
_LONGEST_WAIT_S = 30.0
_GIVE_UP_AFTER = 8
_REPORT = "--report-to="


def main(argv: Sequence[str]) -> int:
    """Guard the daemon that `argv` starts; returns its exit code."""
    guarded = _Guarded(argv)
    signal.signal(signal.SIGTERM, guarded.pass_on)
    failures = 0
    while True:
        began = time.monotonic()
        code = guarded.run()
        # A daemon that was told to stop ends with 0, one that cannot start with 1: only what was killed comes back.
        failures = 1 if time.monotonic() - began >= _STABLE_S else failures + 1
        if code >= 0 or failures >= _GIVE_UP_AFTER:
            return code
        time.sleep(min(_LONGEST_WAIT_S, 0.5 * 2 ** (failures - 1)))


class _Guarded:
    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = [*argv]
        self._daemon: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Start it, and wait until it ends. Only the first one has somebody to report to, and alone holds the pipe."""
        pipes = [int(word.removeprefix(_REPORT)) for word in self._argv if word.startswith(_REPORT)]
        self._daemon = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, pass_fds=pipes)
        for pipe in pipes:
            os.close(pipe)
        self._argv = [word for word in self._argv if not word.startswith(_REPORT)]
        return self._daemon.wait()

    def pass_on(self, number: int, _frame: FrameType | None) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
