"""The warden's life: take over, serve, reap, and end everything when told to."""

import contextlib
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import privileges
from .loop import Loop
from .process import Common
from .serve import Server

_GRACE_S = 3.0


def main() -> None:
    """`python -c … CONFIG_FD`: the descriptor holds a JSON document, see `nacre.engines.sandbox.box`."""
    with os.fdopen(int(sys.argv[1])) as handed:
        config = json.load(handed)
    first_process = os.getpid() == 1
    if not first_process:
        privileges.adopt_orphans()
    privileges.drop(config["uid"], config["gid"])
    if first_process:
        privileges.end_with_parent()
    os.umask(0o022)
    _make_alias(config["env"].get("HOME", ""))
    _Warden(config, first_process).run()


class _Warden:
    def __init__(self, config: dict[str, Any], first_process: bool) -> None:
        self._loop = Loop()
        self._alone = first_process
        limits = {int(kind): (most, most) for kind, most in config["rlimits"].items()}
        limits[resource.RLIMIT_NOFILE] = _take_descriptors()
        self._server = Server(
            self._loop,
            Common(config["env"], config["cwd"], config["log_bytes"], limits),
            lambda: None if first_process else _family(),
        )
        self._listener = socket.socket(fileno=config["listener"])
        self._proxy = config["proxy"]
        self._ending = False

    def run(self) -> None:
        """Until told to end."""
        self._catch_signals()
        self._server.listen(self._listener)
        if self._proxy is not None:
            self._server.lead(self._proxy["port"], self._proxy["socket"])
        self._loop.run()

    def _catch_signals(self) -> None:
        wake, woken = socket.socketpair()
        for one in (wake, woken):
            one.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(signum, lambda *_: None)

        def wakened() -> None:
            received = wake.recv(4096)
            if signal.SIGTERM in received:
                self._end()
            self._reap()

        self._loop.watch(wake.fileno(), wakened)
        self._kept = (wake, woken)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._server.reaped(pid, os.waitstatus_to_exitcode(status))
        if self._ending:  # there is no child left
            self._loop.ended = True

    def _end(self) -> None:
        """Ask all to end and wait a while. What is left is killed: by the kernel when process 1 ends, or by us."""
        self._ending = True
        self._signal_all(signal.SIGTERM, signal.SIGCONT)
        for process in self._server.processes.values():
            if process.tty:  # a shell at a terminal goes when the terminal does
                process.signal(signal.SIGHUP)
        self._loop.later(_GRACE_S, self._end_now)

    def _end_now(self) -> None:
        self._signal_all(signal.SIGKILL)
        self._loop.ended = True

    def _signal_all(self, *signums: int) -> None:
        for pid in _others() if self._alone else _family():
            for signum in signums:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signum)


def _take_descriptors() -> tuple[int, int]:
    """Allow ourselves as many as may be, for every connection is two; what there was before is for the others, since
    programs that use select(2) trip over high numbers."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    return before


def _others() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != "1"]


def _family() -> list[int]:
    """Every descendant, from field 4 of /proc/PID/stat, proc_pid_stat(5)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text(errors="replace")
                parents[int(entry.name)] = int(stat[stat.rindex(")") + 2 :].split()[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return [*(found - {os.getpid()})]


def _make_alias(home: str) -> None:
    """The files lie at /workspace, and where cloud IDEs have taught people to look: ~/data/workspace."""
    if home and Path("/workspace").is_dir():
        with contextlib.suppress(OSError):
            Path(home, "data").mkdir(exist_ok=True)
            Path(home, "data", "workspace").symlink_to("/workspace")
