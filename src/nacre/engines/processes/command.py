"""Runs one command to its end: streams, times out, can be cancelled, and never leaves a process behind."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account

_GRACE_S = 2.0
_CHUNK_BYTES = 1 << 16
_CANCEL_POLL_S = 0.1

Sink = Callable[[bytes], None]


@dataclass(frozen=True)
class Completed:
    """A command that ended by itself. `exit_code` is negative for death by a signal; what a sink took is not here."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def text(self) -> str:
        """Standard output as text, without the last line end."""
        return self.stdout.decode(errors="replace").rstrip("\n")


class CommandFailed(Failed):
    """The command ended with another exit code than 0 and the caller had not allowed it."""


class CommandTimedOut(Failed):
    """The command was killed because it ran past its time."""


class CommandCancelled(Failed):
    """The command was killed because the caller cancelled it."""


def run(
    argv: Sequence[str | Path],
    *,
    timeout_s: float,
    user: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | IO[bytes] = b"",
    on_stdout: Sink | None = None,
    on_stderr: Sink | None = None,
    cancelled: threading.Event | None = None,
    holding: int | None = None,
) -> Completed:
    """Run `argv` and return how it ended, whatever its exit code; see `checked` for commands that must succeed.

    `holding`: a descriptor that it holds open too, such as a lock's, should it outlive this process.
    `user`: the account to drop to. `env` replaces the whole environment. `stdin`: bytes, or an open file. The sinks
    receive output as it comes, in this thread; without one it is kept and returned.
    The command gets a session of its own, and all of it that is left is killed when it ends, when `timeout_s` is over
    (CommandTimedOut "command-timed-out") or when `cancelled` is set (CommandCancelled "command-cancelled").
    Raises Failed "command-not-started" when it cannot be started.
    """
    words = tuple(str(word) for word in argv)
    began = time.monotonic()
    process = _start(words, user, env, cwd, stdin, holding)
    kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    sinks = {"stdout": on_stdout or kept["stdout"].extend, "stderr": on_stderr or kept["stderr"].extend}
    try:
        why = _attend(process, sinks, stdin if isinstance(stdin, bytes) else b"", began + timeout_s, cancelled)
    finally:
        _end(process)
    if why == "timed out":
        raise CommandTimedOut("command-timed-out", f"`{words[0]}` was stopped: it had not ended after {timeout_s:g} s.")
    if why == "cancelled":
        raise CommandCancelled("command-cancelled", f"`{words[0]}` was stopped: the call was cancelled.")
    seconds = time.monotonic() - began
    return Completed(words, process.returncode, bytes(kept["stdout"]), bytes(kept["stderr"]), seconds)


def checked(completed: Completed, what: str) -> Completed:
    """Pass on a command that ended with 0; else raise CommandFailed "command-failed": `what` failed, and its words."""
    if completed.exit_code == 0:
        return completed
    words = (completed.stderr or completed.stdout).decode(errors="replace").strip()[-2000:]
    raise CommandFailed(
        "command-failed",
        f"{what} failed: `{Path(completed.argv[0]).name}` ended with {ending(completed.exit_code)}"
        + (f": {words}" if words else "."),
    )


def ending(exit_code: int) -> str:
    """An exit code in words: "exit code 1", or "signal SIGKILL" for a negative one."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-exit_code).name}"
    return f"signal {-exit_code}"


def _start(
    words: tuple[str, ...],
    user: Account | None,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdin: bytes | IO[bytes],
    holding: int | None,
) -> subprocess.Popen[bytes]:
    given = (subprocess.PIPE if stdin else subprocess.DEVNULL) if isinstance(stdin, bytes) else stdin
    try:
        return subprocess.Popen(
            words,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=env,
            cwd=cwd,
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            pass_fds=() if holding is None else (holding,),
        )
    except OSError as error:
        raise Failed("command-not-started", f"`{words[0]}` could not be started: {error.strerror}.") from error


def _attend(
    process: subprocess.Popen[bytes],
    sinks: Mapping[str, Sink],
    text: bytes,
    deadline: float,
    cancelled: threading.Event | None,
) -> str:
    """Feed and read until the process ends; "ended", "timed out" or "cancelled"."""
    pidfd = os.pidfd_open(process.pid)
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(pidfd, selectors.EVENT_READ, "ended")
            for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
                assert pipe is not None
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, name)
            if process.stdin is not None:
                os.set_blocking(process.stdin.fileno(), False)
                selector.register(process.stdin, selectors.EVENT_WRITE, "stdin")
            unsent = memoryview(text)
            while True:
                if cancelled is not None and cancelled.is_set():
                    return "cancelled"
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return "timed out"
                ready = selector.select(left_s if cancelled is None else min(left_s, _CANCEL_POLL_S))
                for key, _ in ready:
                    if key.data == "stdin":
                        unsent = _write(selector, process, unsent)
                    elif key.data != "ended":
                        _read(selector, key, sinks[key.data])
                if any(key.data == "ended" for key, _ in ready):
                    # All that the command wrote is in the pipes by now; a grandchild that holds them is not waited for.
                    for key in [*selector.get_map().values()]:
                        while key.data in sinks and _read(selector, key, sinks[key.data]):
                            pass
                    return "ended"
        finally:
            os.close(pidfd)


def _read(selector: selectors.BaseSelector, key: selectors.SelectorKey, sink: Sink) -> bool:
    """Pass one chunk on; False when there is none just now or will be none."""
    try:
        chunk = os.read(key.fd, _CHUNK_BYTES)
    except BlockingIOError:
        return False
    if not chunk:
        selector.unregister(key.fileobj)
        return False
    sink(chunk)
    return True


def _write(selector: selectors.BaseSelector, process: subprocess.Popen[bytes], unsent: memoryview) -> memoryview:
    assert process.stdin is not None
    try:
        unsent = unsent[os.write(process.stdin.fileno(), unsent[:_CHUNK_BYTES]) :]
    except BlockingIOError:
        return unsent
    except BrokenPipeError:  # it does not want to read the rest, which is its business
        unsent = unsent[:0]
    if not unsent:
        selector.unregister(process.stdin)
        process.stdin.close()
    return unsent


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing running and nothing open: ask first, kill after a grace, reap."""
    if process.returncode is None:
        # The zombie keeps its number until it is reaped below, so the group cannot be somebody else's.
        pidfd = os.pidfd_open(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with selectors.DefaultSelector() as selector:
            selector.register(pidfd, selectors.EVENT_READ)
            selector.select(_GRACE_S)
        os.close(pidfd)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
