"""One house in slim mode for all tests of workspaces, and what they ask of it."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.daemon import House, house_on
from websockets.sync.client import ClientConnection, unix_connect


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy", NACRE_MODE="slim", NACRE_CONSOLE="false") as house:
        house.call("project.create", name="shop")
        house.call("person.invite", name="bob", role="user")
        yield house


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(house: House) -> Run:
    """`run("shop", "ls", "-l")`: a command in the owner's workspace, or in another person's."""

    def run(ref: str, *command: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = house.call("workspace.exec", ref=ref, command=list(command), **more)
        return answer

    return run


class Typist:
    """A client of a terminal's WebSocket; `screen` is all that was shown, `offset` where it ends."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.screen = b""
        self.exit_code: int | None = None
        hello = json.loads(connection.recv(timeout=10))
        assert hello["type"] == "hello"
        self.run: str = hello["run"]
        self.offset: int = hello["offset"]

    def type(self, text: str) -> None:
        self._connection.send(text.encode())

    def say(self, **message: object) -> None:
        self._connection.send(json.dumps(message))

    def until(self, shown: str, timeout_s: float = 10) -> None:
        """Read until the screen shows this, after what the shell echoes of it."""
        deadline = time.monotonic() + timeout_s
        while shown.encode() not in self.screen:
            self.read(deadline - time.monotonic())

    def read(self, timeout_s: float = 10) -> dict[str, Any]:
        """The next message; of bytes, which go to the screen, an empty one."""
        message = self._connection.recv(timeout=timeout_s)
        if isinstance(message, bytes):
            self.screen += message
            self.offset += len(message)
            return {}
        said: dict[str, Any] = json.loads(message)
        if said["type"] == "exit":
            self.exit_code = said["exit_code"]
        return said


@contextmanager
def typing(house: House, ref: str, name: str = "main", **query: object) -> Iterator[Typist]:
    """A connection to a terminal, as the owner."""
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    url = f"ws://nacre/api/projects/{ref}/terminals/{name}/socket?{asked}"
    with unix_connect(str(house.settings.socket), url, close_timeout=1) as connection:
        yield Typist(connection)


class Screen:
    """`nacre terminal` on a terminal of the test's."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process = process
        self._master = master
        self.shown = b""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def resize(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def until(self, shown: str, timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while shown.encode() not in self.shown:
            ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"“{shown}” did not come: {self.shown!r}"
            try:
                self.shown += os.read(self._master, 1 << 16)
            except OSError:  # nobody holds the other side any more
                raise AssertionError(f"it ended before “{shown}” came: {self.shown!r}") from None


@contextmanager
def at_the_command_line(house: House, *arguments: str) -> Iterator[Screen]:
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "nacre", "terminal", *arguments],
        stdin=slave, stdout=slave, stderr=slave, env=house.environment, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    try:
        yield Screen(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
