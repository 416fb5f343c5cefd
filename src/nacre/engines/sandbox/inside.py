"""What the daemon asks of a sandbox. Who answers shares a user with the code inside: nothing it says is believed."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from nacre.core.errors import Conflict, Failed, InvalidInput, NacreError, NotFound, Unavailable
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.warden import wire

_PATIENCE_S = 10.0
_CHUNK_BYTES = 64 << 10
_FIRST_BYTES = 4 << 10
_MAX_TEXT = 4096
_MAX_WORDS = 4096
_MAX_PROCESSES = 1000
_REFUSALS: dict[str, type[NacreError]] = {
    "bad-key": InvalidInput,
    "process-not-found": NotFound,
    "process-runs": Conflict,
    "process-not-started": InvalidInput,
}


@dataclass(frozen=True)
class Process:
    """A process that was started inside. `end_offset` counts all that it has said so far, in bytes; `pid` is the
    number it has inside; `exit_code` is negative for death by a signal, and None while it runs."""

    key: str
    pid: int
    argv: tuple[str, ...]
    started_at: datetime
    exit_code: int | None
    tty: bool
    end_offset: int


@dataclass(frozen=True)
class Output:
    """A piece of output. `offset` is the one after its last byte: attaching `after` it goes on from there. Where
    `offset − len(data)` is larger than the last offset, what lies between has been dropped."""

    stream: Literal["stdout", "stderr"]
    data: bytes
    offset: int


class Inside:
    """The sandbox whose folder this is. Every method raises Unavailable "sandbox-not-running" when nobody answers,
    and Failed "sandbox-answer" when what is answered makes no sense."""

    def __init__(self, folder: Path) -> None:
        self._layout = Layout(folder)

    async def alive(self) -> bool:
        """Whether the warden answers."""
        try:
            await self._ask({"do": "hello"})
        except (Unavailable, Failed):
            return False
        return True

    async def start(
        self,
        argv: Sequence[str],
        *,
        key: str,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Process:
        """Start a program under a name of your choice: at most 64 letters, digits, dots, dashes and underscores.

        `env` is added to the sandbox's own. With a `size` (columns, rows) it runs on a terminal. Its output is kept
        in the log too (`log_path`). A process of that name that has ended is replaced. Raises Conflict "process-runs",
        InvalidInput "process-not-started", "bad-key" or "request-too-long".
        """
        request = {"do": "start", "key": key, "argv": list(argv), "env": dict(env or {}), "cwd": cwd, "size": size}
        path = self.log_path(key)
        # Under a name of its own until it is started: a process of that name that runs keeps its log.
        fresh = path.with_name(f".{secrets.token_hex(8)}")
        log = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            process = _process(await self._ask(request, log))
            fresh.replace(path)
        finally:
            os.close(log)
            fresh.unlink(missing_ok=True)
        return process

    async def processes(self) -> list[Process]:
        """All that run, and those that have ended and were not forgotten."""
        found = (await self._ask({"do": "processes"})).get("processes")
        if not isinstance(found, list) or len(found) > _MAX_PROCESSES:
            raise _nonsense("no list of processes")
        return [_process(one) for one in found]

    async def attach(self, key: str, after: int = 0) -> "Attachment":
        """Follow the output past the offset `after`, and write to the process. Raises NotFound "process-not-found"."""
        connection = await self._connect({"do": "attach", "key": key, "after": after}, None)
        try:
            process = _process(await connection.answer())
        except BaseException:
            await connection.close()
            raise
        return Attachment(connection, process)

    async def signal(self, key: str, signum: int) -> None:
        """Send a signal to the process and all of its session; nothing happens when it has ended."""
        await self._ask({"do": "signal", "key": key, "signum": int(signum)})

    async def forget(self, key: str) -> None:
        """Forget a process that has ended, its output and its log. Raises Conflict "process-runs"."""
        await self._ask({"do": "forget", "key": key})
        self.log_path(key).unlink(missing_ok=True)

    async def ports(self) -> list[int]:
        """The TCP ports that are listened on inside."""
        return _ports(await self._ask({"do": "ports"}))

    async def expose(self, port: int) -> Path:
        """A unix socket on this machine that reaches `port` inside, for as long as the sandbox runs.

        Whether somebody listens there yet does not matter: until then connections are closed at once. The socket
        may be reached by the daemon and by the sandbox's account, which the gateway runs as, too.
        """
        path = self._layout.port(port)
        if port in _ports(await self._ask({"do": "exposed"})) and path.exists():
            return path
        # Bound here, in a folder that is not in view inside, and handed in: a socket made inside could be swapped
        # for a link to a socket of the machine's.
        fresh = path.with_name(f"{port}.new")
        fresh.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(fresh))
            fresh.chmod(0o666)
            listener.listen(512)
            await self._ask({"do": "expose", "port": port}, listener.fileno())
        fresh.replace(path)
        return path

    async def served(self) -> int:
        """How many connections have come by exposed ports so far."""
        served = (await self._ask({"do": "served"})).get("connections")
        if not isinstance(served, int):
            raise _nonsense("no number of connections")
        return served

    async def lead(self, port: int, path: str) -> None:
        """Let 127.0.0.1:`port` inside lead to the unix socket at `path` inside, whoever listens there at the time.

        For programs that speak to no unix socket. Only where the sandbox has a network of its own: elsewhere the port
        would be the machine's. Raises Failed "sandbox-refused" when the port is taken.
        """
        await self._ask({"do": "lead", "port": port, "path": path})

    def log_path(self, key: str) -> Path:
        """Where the output of a process is kept, up to the limit. Raises InvalidInput "bad-key"."""
        return self._layout.log(key)

    async def _ask(self, request: dict[str, Any], fd: int | None = None) -> dict[str, Any]:
        connection = await self._connect(request, fd)
        try:
            return await connection.answer()
        finally:
            await connection.close()

    async def _connect(self, request: dict[str, Any], fd: int | None) -> "_Connection":
        data = wire.message(request)
        if len(data) > wire.MAX_FRAME_BYTES:
            raise InvalidInput("request-too-long", "The command and its environment are longer than 1 MiB together.")
        return await _Connection.open(self._layout.warden, data, fd)


class Attachment:
    """A process being followed: iterate over it for its output, which ends with the process. Close it after use."""

    def __init__(self, connection: "_Connection", process: Process) -> None:
        self._connection = connection
        self.process = process
        self.exit_code: int | None = None

    async def __aiter__(self) -> AsyncIterator[Output]:
        while True:
            kind, payload = await self._connection.read()
            if kind == wire.EXIT:
                self.exit_code = _exit_code(_message(payload).get("exit_code"))
                return
            if kind not in (wire.STDOUT, wire.STDERR):
                raise _nonsense(f"a frame of kind {kind}")
            try:
                offset, data = wire.read_output(payload)
            except wire.Garbage as error:
                raise _nonsense(str(error)) from error
            yield Output("stdout" if kind == wire.STDOUT else "stderr", data, offset)

    async def write(self, data: bytes) -> None:
        """Pass input on. Nothing happens when the process reads none any more."""
        for start in range(0, len(data), _CHUNK_BYTES):
            await self._connection.write(wire.frame(wire.INPUT, data[start : start + _CHUNK_BYTES]))

    async def end_input(self) -> None:
        """Let the process read the end of its input."""
        await self._connection.write(wire.frame(wire.INPUT_END, b""))

    async def resize(self, cols: int, rows: int) -> None:
        """Change the size of its terminal."""
        await self._connection.write(wire.message({"cols": cols, "rows": rows}, wire.RESIZE))

    async def close(self) -> None:
        """Stop following; the process goes on."""
        await self._connection.close()


class _Connection:
    """One connection to the warden."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames = wire.Frames()
        self._ready: list[tuple[int, bytes]] = []

    @classmethod
    async def open(cls, path: Path, data: bytes, fd: int | None) -> "_Connection":
        """Connect and send a request, a descriptor beside its first bytes. Raises Unavailable."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                loop = asyncio.get_running_loop()
                await loop.sock_connect(connection, str(path))
                if fd is not None:
                    sent = socket.send_fds(connection, [data[:_FIRST_BYTES]], [fd])
                    data = data[sent:]
                if data:  # whoever has all may have answered and hung up by now
                    await loop.sock_sendall(connection, data)
                return cls(*await asyncio.open_unix_connection(sock=connection, limit=_CHUNK_BYTES))
        except (OSError, TimeoutError) as error:
            connection.close()
            raise _silent() from error
        except BaseException:
            connection.close()
            raise

    async def answer(self) -> dict[str, Any]:
        """What was answered to the request. Raises what it was refused with."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                kind, payload = await self.read()
        except TimeoutError as error:
            raise _silent() from error
        if kind != wire.MESSAGE:
            raise _nonsense("no answer to a request")
        document = _message(payload)
        if "error" in document:
            code, words = _text(document["error"]), _text(document.get("message"))
            raise _REFUSALS.get(code, Failed)(code if code in _REFUSALS else "sandbox-refused", f"{words}"[:_MAX_TEXT])
        answer = document.get("ok")
        if not isinstance(answer, dict):
            raise _nonsense("an answer without content")
        return answer

    async def read(self) -> tuple[int, bytes]:
        """The next frame. Raises Unavailable when the warden goes away, Failed when it talks nonsense."""
        while not self._ready:
            try:
                data = await self._reader.read(_CHUNK_BYTES)
            except OSError as error:
                raise _silent() from error
            if not data:
                raise _silent()
            try:
                self._ready += self._frames.feed(data)
            except wire.Garbage as error:
                raise _nonsense(str(error)) from error
        return self._ready.pop(0)

    async def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            pass  # reading tells what happened

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def _process(document: object) -> Process:
    """Raises Failed "sandbox-answer" unless every part is what it should be."""
    match document:
        case {
            "key": str(key), "pid": int(pid), "argv": list(argv), "started_at": int() | float() as started_at,
            "exit_code": exit_code, "tty": bool(tty), "end_offset": int(end_offset),
        }:  # fmt: skip
            words = tuple(_text(word) for word in argv[:_MAX_WORDS])
            try:
                started = datetime.fromtimestamp(started_at, UTC)
            except (ValueError, OverflowError, OSError) as error:
                raise _nonsense("a process of no time") from error
            code = None if exit_code is None else _exit_code(exit_code)
            return Process(key[:64], pid, words, started, code, tty, end_offset)
    raise _nonsense("no process")


def _message(payload: bytes) -> dict[str, Any]:
    try:
        return wire.read_message(payload)
    except wire.Garbage as error:
        raise _nonsense(str(error)) from error


def _ports(document: dict[str, Any]) -> list[int]:
    ports = document.get("ports")
    if not isinstance(ports, list) or not all(isinstance(port, int) and 0 < port < 65536 for port in ports):
        raise _nonsense("no ports")
    return sorted({*ports})


def _exit_code(value: object) -> int:
    if isinstance(value, int) and -256 < value < 256:
        return value
    raise _nonsense("no exit code")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _nonsense("no text")


def _nonsense(what: str) -> Failed:
    return Failed(
        "sandbox-answer", f"The sandbox answered nonsense ({what}).", hint="Stop the workspace and start it again."
    )


def _silent() -> Unavailable:
    return Unavailable(
        "sandbox-not-running", "The sandbox does not answer.", hint="It starts when it is next used; try again."
    )
