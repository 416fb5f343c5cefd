"""Hands messages over by a process of its own (sending.py), which may be had ready before there is something to say."""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO

from nacre.monitoring.alerts.sending import STAYS_S, Message

_PATIENCE_S = 30.0
_A_MOMENT_S = 0.5
_NOT_ANY_MORE_S = STAYS_S - 5
"""One that has stood idle for so long may be about to go, and is asked for nothing."""


class Messenger:
    """Thread-safe. One process is kept for a while after it was needed; whoever comes meanwhile has another."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._idle: _Process | None = None

    def send(self, addresses: Mapping[str, str], message: Message) -> dict[str, str]:
        """Hand a message to each of these channels: by its name, an empty text, or why it could not be."""
        process = self._taken() or _Process()
        try:
            told = process.ask({"addresses": dict(addresses), "title": message.title, "body": message.body})
        except TimeoutError:
            process.end()
            return dict.fromkeys(addresses, f"it took longer than {_PATIENCE_S:g} s")
        except (OSError, ValueError):
            process.end()
            return dict.fromkeys(addresses, "the process that sends has failed")
        self._kept(process)
        return told

    def ready(self) -> None:
        """There may soon be something to say: have a process stand by."""
        process = self._taken()
        if process is None or not process.stays():
            process = _Process()
        self._kept(process)

    def close(self) -> None:
        if (process := self._taken()) is not None:
            process.end()

    def _taken(self) -> "_Process | None":
        with self._changing:
            process, self._idle = self._idle, None
        if process is not None and not process.is_good():
            process.end()
            return None
        return process

    def _kept(self, process: "_Process") -> None:
        with self._changing:
            other, self._idle = self._idle, process
        if other is not None:
            other.end()


class _Process:
    """Ends by itself when it was not spoken to for a while, and when this process has ended."""

    def __init__(self) -> None:
        argv = [sys.executable, "-P", "-m", "nacre.monitoring.alerts.sending"]
        # In a session of its own, so that Ctrl-C at a terminal lets the daemon have its last messages sent.
        self._process = subprocess.Popen(
            argv, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._spoken_to_s = time.monotonic()
        threading.Thread(target=self._process.wait, name="messenger", daemon=True).start()  # it may go by itself

    def is_good(self) -> bool:
        return self._process.poll() is None and time.monotonic() - self._spoken_to_s < _NOT_ANY_MORE_S

    def stays(self) -> bool:
        """Have it wait for as long again; whether it could be told so."""
        with suppress(OSError):
            self._say(b"\n", time.monotonic() + _A_MOMENT_S)
            return True
        return False

    def ask(self, what: Mapping[str, object]) -> dict[str, str]:
        """Raises TimeoutError, OSError where it is gone, ValueError where it went within its answer."""
        end_s = time.monotonic() + _PATIENCE_S
        self._say(json.dumps(what).encode() + b"\n", end_s)
        answer, pipe = b"", _pipe(self._process.stdout)
        while not answer.endswith(b"\n"):
            _wait_for(pipe, select.POLLIN, end_s)
            if not (more := os.read(pipe, 1 << 16)):
                break
            answer += more
        told: dict[str, str] = json.loads(answer)
        return told

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _say(self, line: bytes, end_s: float) -> None:
        pipe, left = _pipe(self._process.stdin), memoryview(line)
        while left:
            _wait_for(pipe, select.POLLOUT, end_s)
            left = left[os.write(pipe, left) :]
        self._spoken_to_s = time.monotonic()


def _pipe(file: IO[bytes] | None) -> int:
    assert file is not None
    os.set_blocking(file.fileno(), False)
    return file.fileno()


def _wait_for(pipe: int, event: int, end_s: float) -> None:
    """Raises TimeoutError."""
    poll = select.poll()  # select knows no numbers of files beyond 1,023
    poll.register(pipe, event)
    if not poll.poll(max(end_s - time.monotonic(), 0.0) * 1000):
        raise TimeoutError
