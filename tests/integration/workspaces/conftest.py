"""One house in slim mode for all tests of workspaces, and what they ask of it."""

import json
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
