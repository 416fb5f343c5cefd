"""One process that was asked for: started, fed, listened to, and remembered after its end."""

import contextlib
import errno
import fcntl
import os
import resource
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from . import wire
from .loop import Loop
from .privileges import become_traceable
from .ring import Ring

_CHUNK_BYTES = 64 << 10
_MAX_INPUT_BYTES = 1 << 20
_STAT_BLOCK = 512
_PATIENCE_S = 0.5
_OOM_SCORE = 300  # where memory runs out, what was started goes before what started it


class NotStarted(Exception):
    """The program could not be started; the text says why."""


class Reader(Protocol):
    """One who follows the output."""

    def tell(self) -> None:
        """There is news."""

    def lags(self) -> bool:
        """Whether the process should wait for it."""


class Common(NamedTuple):
    """What holds for every process; `limits` are those of setrlimit(2), by number, soft and hard."""

    env: Mapping[str, str]
    cwd: str
    log_bytes: int
    limits: Mapping[int, tuple[int, int]]


class Process:
    """Started by `start`. Its readers are told of news, and waited for while they lag but move."""

    def __init__(self, loop: Loop, key: str, argv: Sequence[str], log: int | None, common: Common) -> None:
        self.key, self.argv, self.started_at = key, list(argv), time.time()
        self.pid, self.tty = 0, False
        self.exit_code: int | None = None
        self.ring = Ring()
        self.readers: list[Reader] = []
        self._loop = loop
        self._common = common
        self._log = log
        self._full = False
        self._outputs: dict[int, int] = {}  # descriptor and kind of frame
        self._input: int | None = None
        self._unsent = b""
        self._input_ends = False

    def start(self, env: Mapping[str, str], cwd: str | None, size: tuple[int, int] | None) -> None:
        """Start it, in a session of its own; with a `size` (columns, rows) on a terminal. Raises NotStarted."""
        common = self._common._replace(env={**self._common.env, **env}, cwd=cwd or self._common.cwd)
        self.tty = size is not None
        theirs, ours = self._terminal(*size) if size else self._pipes()
        told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become(self.argv, common, theirs, self.tty, tell)
        for fd in {*theirs, tell}:
            os.close(fd)
        refusal = os.read(told, 4096)
        os.close(told)
        if refusal:
            self.close()
            raise NotStarted(refusal.decode(errors="replace"))
        for fd in ours:
            os.set_blocking(fd, False)
        for fd in self._outputs:
            self._listen(fd)

    def document(self) -> dict[str, Any]:
        """How it is, for the wire."""
        return {
            "key": self.key, "pid": self.pid, "argv": self.argv, "started_at": self.started_at,
            "exit_code": self.exit_code, "tty": self.tty, "end_offset": self.ring.end,
        }  # fmt: skip

    def write(self, data: bytes) -> bool:
        """Pass on input; False when so much is waiting already that it was dropped, or nobody reads any more."""
        if self._input is None or len(self._unsent) + len(data) > _MAX_INPUT_BYTES:
            return False
        self._unsent += data
        self._feed()
        return True

    def end_input(self) -> None:
        """Nothing more will be written. On a terminal that is what ^D says."""
        if self.tty:
            self.write(b"\x04")
            return
        self._input_ends = True
        self._feed()

    def resize(self, cols: int, rows: int) -> None:
        if self.tty and self._input is not None:
            _set_size(self._input, cols, rows)

    def signal(self, signum: int) -> None:
        """Send it to all of the session that the process leads."""
        for pid in [*_session(self.pid)] if self.exit_code is None else []:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signum)

    def ended(self, exit_code: int) -> None:
        """It was reaped: take what it said last. What it left behind may go on writing to the log."""
        self.exit_code = exit_code
        for fd in [*self._outputs]:
            while fd in self._outputs and self._read(fd):
                pass
        if self.tty:
            self.close()
        else:
            self._close_input()
        self._tell()

    def resume(self) -> None:
        """A reader that lagged may have caught up."""
        for fd in self._outputs:
            self._listen(fd)

    def close(self) -> None:
        """Let go of all descriptors."""
        for fd in [*self._outputs]:
            self._drop(fd)
        self._close_input()
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def _terminal(self, cols: int, rows: int) -> tuple[tuple[int, int, int], set[int]]:
        master, slave = os.openpty()
        _set_size(master, cols, rows)
        self._outputs, self._input = {master: wire.STDOUT}, os.dup(master)
        return (slave, slave, slave), {master, self._input}

    def _pipes(self) -> tuple[tuple[int, int, int], set[int]]:
        (stdin, self._input), (out, stdout), (err, stderr) = os.pipe(), os.pipe(), os.pipe()
        self._outputs = {out: wire.STDOUT, err: wire.STDERR}
        return (stdin, stdout, stderr), {out, err, self._input}

    def _listen(self, fd: int) -> None:
        self._loop.watch(fd, lambda: self._hear(fd))

    def _hear(self, fd: int) -> None:
        if any(reader.lags() for reader in self.readers):
            self._loop.watch(fd)
            self._loop.later(_PATIENCE_S, self.resume)
        elif self._read(fd):
            self._tell()

    def _tell(self) -> None:
        for reader in [*self.readers]:
            reader.tell()

    def _read(self, fd: int) -> bool:
        try:
            data = os.read(fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:  # a terminal that nobody holds any more answers so
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            self._drop(fd)
            return False
        self.ring.append(self._outputs[fd], data)
        self._keep(data)
        return True

    def _keep(self, data: bytes) -> None:
        """Write to the log, up to its cap of disk; once some of that was given back outside there is room again."""
        if self._log is None:
            return
        with contextlib.suppress(OSError):  # the disk is full, which is not the process's business
            log = os.fstat(self._log)
            left = self._common.log_bytes - min(log.st_size, log.st_blocks * _STAT_BLOCK)
            kept = data[: max(0, left)]
            if len(kept) < len(data) and not self._full:
                kept += b"\n[The log is full: what came after is not kept.]\n"
            self._full = len(kept) < len(data)
            if kept:
                os.write(self._log, kept)

    def _feed(self) -> None:
        if self._input is None:
            return
        try:
            self._unsent = self._unsent[os.write(self._input, self._unsent[:_CHUNK_BYTES]) :] if self._unsent else b""
        except BlockingIOError:
            pass
        except OSError:  # it does not want to read the rest
            self._close_input()
            return
        self._loop.watch(self._input, None, self._feed if self._unsent else None)
        if self._input_ends and not self._unsent:
            self._close_input()

    def _close_input(self) -> None:
        if self._input is not None:
            self._loop.watch(self._input)
            os.close(self._input)
            self._input, self._unsent = None, b""

    def _drop(self, fd: int) -> None:
        self._loop.watch(fd)
        os.close(fd)
        del self._outputs[fd]


def _become(argv: Sequence[str], common: Common, files: tuple[int, int, int], tty: bool, tell: int) -> None:
    """In the child: turn into the program, or say why not."""
    try:
        os.setsid()
        for number, fd in enumerate(files):
            os.dup2(fd, number)
        if tty:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        os.dup2(tell, 3, inheritable=False)
        os.closerange(4, 1 << 20)
        tell = 3
        for signum in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGXFSZ):
            signal.signal(signum, signal.SIG_DFL)
        become_traceable()
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE))
        for limit, most in common.limits.items():
            resource.setrlimit(limit, most)
        os.chdir(common.cwd)
        os.execvpe(argv[0], list(argv), dict(common.env))  # noqa: S606 - that is what a warden is for
    except OSError as error:
        what = common.cwd if error.filename == common.cwd else argv[0]
        os.write(tell, f"{what}: {error.strerror}".encode())
    finally:
        os._exit(127)


def _set_size(fd: int, cols: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _session(leader: int) -> "list[int]":
    """The processes of a session, from field 6 of /proc/PID/stat, proc_pid_stat(5)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text(errors="replace")
                if int(stat[stat.rindex(")") + 2 :].split()[3]) == leader:
                    found.append(int(entry.name))
    return found
