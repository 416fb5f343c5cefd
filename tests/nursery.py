"""Daemons forked from a process that has imported everything already: most of a start's time would be importing.

A House starts its daemon here, one nursery for each process of pytest. Run as a program it is the nursery: for each
message {"arguments", "environment", "cwd"}, which brings three descriptors, it forks, answers with the pid, and writes
the exit code to the third descriptor once that daemon has ended; the first two become its standard output and error.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_LARGEST = 1 << 20


class Born:
    """A process as subprocess.Popen has them."""

    def __init__(self, pid: int, stdout: IO[str], ended: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._ended = ended
        self._code: int | None = None

    def send_signal(self, number: signal.Signals) -> None:
        if self._code is None:
            os.kill(self.pid, number)

    def wait(self, timeout_s: float) -> int:
        """Its exit code, as Popen has it. Raises TimeoutExpired."""
        if self._code is None:
            if not select.select([self._ended], [], [], timeout_s)[0]:
                raise subprocess.TimeoutExpired("nacre", timeout_s)
            with self._ended:
                self._code = int(self._ended.read())
        return self._code


class Nursery:
    """The one of this process; it begins when it is first needed, and ends with this process."""

    _only: "Nursery | None" = None

    @classmethod
    def here(cls) -> "Nursery":
        if cls._only is None or cls._only._pid != os.getpid():
            cls._only = Nursery()
        return cls._only

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        atexit.register(self._close, process)

    def bear(self, arguments: Sequence[str], environment: Mapping[str, str], errors: IO[bytes]) -> Born:
        """`nacre ARGUMENTS` with that environment."""
        wish = {"arguments": list(arguments), "environment": dict(environment), "cwd": str(Path.cwd())}
        (said, says), (ended, ends) = os.pipe(), os.pipe()
        try:
            socket.send_fds(self._line, [json.dumps(wish).encode()], [says, errors.fileno(), ends])
            pid = int(self._line.recv(64))
        finally:
            os.close(says)
            os.close(ends)
        return Born(pid, os.fdopen(said), os.fdopen(ended))

    def _close(self, process: "subprocess.Popen[bytes]") -> None:
        self._line.close()
        process.wait(10)


def main(line: socket.socket) -> None:
    from nacre.surfaces.cli.local import up  # noqa: F401  (imported here, so that no fork has to)
    from nacre.surfaces.http import main as served
    from nacre.surfaces.registry import all_operations

    assert served
    all_operations()
    living: dict[int, tuple[int, int]] = {}  # where each one's code goes, by a descriptor of its process
    while True:
        ready, _, _ = select.select([line.fileno(), *living], [], [])
        for process in (one for one in ready if one in living):
            pid, ends = living.pop(process)
            _, status = os.waitpid(pid, 0)
            os.close(process)
            os.write(ends, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(ends)
        if line.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(line, _LARGEST, 3)
            if not message:
                return
            said, errors, ends = descriptors
            pid = os.fork()
            if pid == 0:
                line.detach()
                live(json.loads(message), said, errors)
            os.close(said)
            os.close(errors)
            living[os.pidfd_open(pid)] = (pid, ends)
            line.send(str(pid).encode())


def live(wish: Mapping[str, object], said: int, errors: int) -> None:
    """Be that program to the end of this process."""
    code = 1
    try:
        os.setsid()
        os.dup2(said, 1)
        os.dup2(errors, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(str(wish["cwd"]))
        os.environ.clear()
        os.environ.update(wish["environment"])  # type: ignore[call-overload]

        from nacre.surfaces.cli.main import main as command_line

        code = command_line(wish["arguments"])  # type: ignore[arg-type]
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
