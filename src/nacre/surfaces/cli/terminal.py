"""A workspace's terminal on this one: raw bytes both ways, over a WebSocket that is opened again when it breaks."""

import json
import os
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import click
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect, unix_connect

from nacre.core.errors import DaemonNotRunning, Failed, InvalidInput, NacreError
from nacre.surfaces.cli.where import Where
from nacre.surfaces.client import trusting

LEAVE = b"\x1d"
"""Ctrl-], as telnet has it."""
_COME_BACK_WITHIN_S = 120.0
_TRY_EVERY_S = 0.5
_CHUNK_BYTES = 1 << 14
_LEFT = -1000
_ENDED, _RESIZED = b"e", b"r"


def type_in(where: Where, ref: str, name: str, person: str | None) -> int:
    """Show the terminal here until its shell ends or the person leaves; the shell's exit code, 0 when they left.

    Raises InvalidInput "not-a-terminal", DaemonNotRunning, and what the daemon refuses with.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(
            "not-a-terminal", "This is no terminal to type in.", hint=f"`nacre exec {ref} -- COMMAND` runs a command."
        )
    terminal = _Terminal(where, ref, name, person)
    terminal.connect()
    with _raw(), _told_of_resizes(terminal):
        while True:
            ending = terminal.attend()
            if ending is None:
                ending = terminal.come_back()
            if ending is not None:
                break
    if ending is _LEFT:
        click.echo(f"\nLeft “{name}”; it goes on. `nacre terminal {ref}` comes back to it.", err=True)
        return 0
    return ending if ending >= 0 else 128 - ending


class _Terminal:
    """One terminal over any number of connections, one after another."""

    def __init__(self, where: Where, ref: str, name: str, person: str | None) -> None:
        self._where = where
        self._path = f"/api/projects/{quote(ref, safe=':')}/terminals/{quote(name, safe='')}/socket"
        self._query = {} if person is None else {"person": person}
        self._run = ""
        self._offset = 0
        self._exit_code: int | None = None
        self._woken, self._wake = os.pipe()
        self._connection: ClientConnection | None = None

    def connect(self) -> None:
        """Open the connection, going on where the last one broke off. Raises NacreError."""
        size = _window()
        query = {**self._query, "cols": size.columns, "rows": size.lines}
        if self._run:
            query |= {"run": self._run, "after": self._offset}
        self._connection = _open(self._where, f"{self._path}?{urlencode(query)}")
        threading.Thread(target=self._show, args=(self._connection,), daemon=True).start()
        self._resize()

    def come_back(self) -> int | None:
        """Connect again, for a while: the daemon may just be starting anew. _LEFT when the person does not wait."""
        click.echo("\r\n[The connection broke off; trying again. Ctrl-] leaves.]\r", err=True)
        deadline, typed = time.monotonic() + _COME_BACK_WITHIN_S, b""
        while True:
            try:
                self.connect()
                self._send(typed)
                return None
            except (DaemonNotRunning, Failed):
                if time.monotonic() > deadline:
                    raise
            ready, _, _ = select.select([sys.stdin], [], [], _TRY_EVERY_S)
            if ready:
                typed += os.read(sys.stdin.fileno(), _CHUNK_BYTES)
                if LEAVE in typed:
                    return _LEFT

    def attend(self) -> int | None:
        """Pass on what is typed; the exit code, _LEFT, or None when the connection broke off."""
        while True:
            ready, _, _ = select.select([sys.stdin, self._woken], [], [])
            if self._woken in ready:
                if os.read(self._woken, 1) == _ENDED:
                    return self._exit_code
                self._resize()
                continue
            typed = os.read(sys.stdin.fileno(), _CHUNK_BYTES)
            if not typed or LEAVE in typed:
                return _LEFT
            self._send(typed)

    def resized(self) -> None:
        """This terminal has another size now; called in the middle of anything."""
        os.write(self._wake, _RESIZED)

    def _resize(self) -> None:
        size = _window()
        self._send(json.dumps({"type": "resize", "cols": size.columns, "rows": size.lines}))

    def _send(self, message: bytes | str) -> None:
        assert self._connection is not None
        try:
            self._connection.send(message)
        except ConnectionClosed:
            pass  # whoever reads from it finds out too, and tells

    def _show(self, connection: ClientConnection) -> None:
        try:
            for message in connection:
                if isinstance(message, bytes):
                    self._offset += len(message)
                    _write_all(message)
                else:
                    self._take(json.loads(message))
        except ConnectionClosed:
            pass
        os.write(self._wake, _ENDED)

    def _take(self, said: dict[str, Any]) -> None:
        match said["type"]:
            case "hello":
                self._run, self._offset = said["run"], said["offset"]
            case "offset":
                self._offset = said["offset"]
            case "exit":
                self._exit_code = said["exit_code"]


def _open(where: Where, path: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {where.token}"} if where.token else {}
    try:
        if where.socket is not None:
            return unix_connect(str(where.socket), f"ws://nacre{path}", additional_headers=headers, max_size=None)
        url = "ws" + where.url.removeprefix("http").rstrip("/") + path
        trusted = trusting(where.roots) if url.startswith("wss") else None
        return connect(url, additional_headers=headers, max_size=None, ssl=trusted)
    except InvalidStatus as refused:
        raise _refusal(refused) from None
    except (FileNotFoundError, ConnectionRefusedError):
        raise DaemonNotRunning(
            "daemon-not-running",
            f"No Nacre daemon answers at {where.socket or where.url}.",
            hint="Start it with `nacre up --detach`.",
        ) from None
    except (OSError, EOFError, InvalidHandshake) as error:
        raise Failed("connection-lost", f"The connection to the daemon broke off: {error}.") from error


def _refusal(refused: InvalidStatus) -> NacreError:
    try:
        error = json.loads(refused.response.body)["error"]
        return NacreError(error["code"], error["message"], hint=error.get("hint", ""))
    except (ValueError, KeyError, TypeError):
        return Failed("terminal-refused", f"The daemon refused the terminal: {refused}.")


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


@contextmanager
def _raw() -> Iterator[None]:
    """Every key goes to the other side; this terminal is as before at the end."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSADRAIN)  # what was typed ahead is kept
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _window() -> os.terminal_size:
    """The size of the window itself: COLUMNS and LINES, where a shell has set them, may be of another time."""
    try:
        return os.get_terminal_size(sys.stdin.fileno())
    except OSError:
        return os.terminal_size((80, 24))


@contextmanager
def _told_of_resizes(terminal: _Terminal) -> Iterator[None]:
    before = signal.signal(signal.SIGWINCH, lambda *_: terminal.resized())
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
