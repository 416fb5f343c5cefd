"""A service that is one command: started in a session of its own, written down, found again, stopped whole."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from nacre.core.errors import Failed
from nacre.engines.processes import record
from nacre.engines.processes.command import ending
from nacre.engines.processes.identity import (
    Identity,
    Proof,
    identify,
    identify_child,
    is_marked,
    is_running,
    send,
    wait_ended,
)
from nacre.engines.processes.logs import last_lines, open_log
from nacre.engines.processes.users import Account

_KILLED_S = 5.0
_LINE = 160
"""How much of a line is quoted: a log in JSON has lines of thousands of characters."""


@dataclass(frozen=True)
class Command:
    """How to start a child, and how to know it again.

    `env` is its whole environment; `record` is the file that remembers its process. `proof` tells that a process
    is this child where the mark in its environment cannot, because the program writes over it. `version` is put into
    its environment, name and value: one that runs with another is not taken over, but stopped. `told` is what
    it reads from its standard input, as a key, up to 64 KiB; `descriptors` are handed down under their own numbers.
    """

    name: str
    argv: tuple[str, ...]
    log_path: Path
    record: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    proof: Proof | None = None
    version: tuple[str, str] | None = None
    told: bytes = field(default=b"", repr=False)
    descriptors: tuple[int, ...] = ()

    @property
    def mark(self) -> tuple[str, str]:
        """Name and value in the environment of the child and of all that it starts."""
        return "NACRE_CHILD", str(self.record)


class Child:
    """The Service of one Command."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._marked = is_marked("=".join(command.mark))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self._command.name

    @property
    def log_path(self) -> Path:
        return self._command.log_path

    async def start(self) -> Identity:
        """Start the command; it may still end at once, which its log tells. Raises Failed "child-not-started"."""
        return await asyncio.to_thread(self._start)

    async def adopt(self) -> Identity | None:
        return await asyncio.to_thread(self._take_over)

    async def stop(self) -> None:
        await asyncio.to_thread(self._stop)

    def how_it_ended(self) -> str:
        exit_code = self._reap()
        last = " ".join(
            line if len(line) <= _LINE else f"{line[:_LINE]}…" for line in last_lines(self._command.log_path, 3)
        )
        # An adopted process is not a child of ours: that it ended is all there is to know.
        how = "it ended" if exit_code is None else f"it ended with {ending(exit_code)}"
        return f"{how}; its last words: {last}" if last else how

    def _start(self) -> Identity:
        command = self._command
        self._kill_leftovers()
        log = open_log(command.log_path)
        heard = _told(command.told)
        try:
            self._process = subprocess.Popen(
                command.argv,
                stdin=heard,
                stdout=log,
                stderr=log,
                env={**command.env, **dict(filter(None, (command.mark, command.version)))},
                cwd=command.cwd,
                start_new_session=True,
                user=command.user.uid if command.user else None,
                group=command.user.gid if command.user else None,
                extra_groups=[] if command.user else None,
                pass_fds=command.descriptors,
            )
        except OSError as error:
            raise Failed(
                "child-not-started", f"{command.name} could not be started: {error.strerror or error}."
            ) from error
        finally:
            os.close(log)
            os.close(heard)
        identity = identify_child(self._process.pid)
        record.write(command.record, identity)
        return identity

    def _take_over(self) -> Identity | None:
        found, version = self._find(), self._command.version
        return found if found is None or version is None or is_marked("=".join(version))(found.pid) else None

    def _find(self) -> Identity | None:
        known = record.read(self._command.record)
        if known and is_running(known) and (self._command.proof or self._marked)(known.pid):
            return known
        # The daemon may have died between starting the child and writing it down.
        leaders = [one for one in self._family() if os.getsid(one.pid) == one.pid]
        found = min(leaders, key=lambda one: one.started_ticks, default=None)
        if found:
            record.write(self._command.record, found)
        return found

    def _stop(self) -> None:
        running = self._find()
        if running and send(running, self._command.stop_signal):
            wait_ended(running, self._command.stop_timeout_s)
            send(running, signal.SIGKILL)
            wait_ended(running, _KILLED_S)
        self._kill_leftovers()
        self._command.record.unlink(missing_ok=True)

    def _kill_leftovers(self) -> None:
        """Kill what the child started and left behind, and reap the child itself."""
        for member in self._family():
            send(member, signal.SIGKILL)
            wait_ended(member, _KILLED_S)
        self._reap()

    def _family(self) -> list[Identity]:
        """Every process that carries the mark."""
        found = (identify(pid) for pid in psutil.pids() if pid != os.getpid() and self._marked(pid))
        return [one for one in found if one]

    def _reap(self) -> int | None:
        """The exit code of our own child if it has ended; the zombie is gone then."""
        if self._process is None:
            return None
        return self._process.poll()


def _told(text: bytes) -> int:
    """A descriptor to read `text` from, which fits into a pipe whole."""
    if not text:
        return os.open(os.devnull, os.O_RDONLY)
    reader, writer = os.pipe()
    try:
        os.write(writer, text)
    finally:
        os.close(writer)
    return reader
