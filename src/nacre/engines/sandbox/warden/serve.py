"""Answers the daemon's requests: one connection for each, with descriptors sent along where a request needs them."""

import contextlib
import os
import re
import socket
import time
from collections.abc import Callable
from typing import Any

from . import wire
from .bridge import accept, bridge
from .loop import Loop
from .ports import listening
from .process import Common, NotStarted, Process
from .ring import CAPACITY_BYTES

_MAX_FDS = 1
_MAX_REMEMBERED = 200
_CHUNK_BYTES = 64 << 10
_LAG_BYTES = CAPACITY_BYTES // 2
_STALLED_S = 5.0
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Refused(Exception):
    """A request that cannot be granted: a code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Server:
    """All that is asked of the warden. `owners` answers whose ports count, or None for everybody's."""

    def __init__(self, loop: Loop, common: Common, owners: Callable[[], list[int] | None]) -> None:
        self.processes: dict[str, Process] = {}
        self._loop = loop
        self._common, self._owners = common, owners
        self._exposed: dict[int, socket.socket] = {}
        self._served = 0
        self._led: dict[int, socket.socket] = {}

    def listen(self, listener: socket.socket) -> None:
        """Serve whoever connects."""
        accept(self._loop, listener, lambda connection: _Connection(self._loop, connection, self))

    def reaped(self, pid: int, exit_code: int) -> None:
        """A child has ended; it may be one of ours or an orphan."""
        for process in self.processes.values():
            if process.pid == pid and process.exit_code is None:
                process.ended(exit_code)
                return

    def lead(self, port: int, path: str) -> None:
        """Listen on a port inside for a socket inside. Raises Refused when somebody else listens there."""
        if port in self._led:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            listener.close()
            raise Refused("port-taken", f"Port {port} cannot be listened on: {error.strerror}.") from None
        listener.listen(128)
        self._led[port] = listener
        bridge(self._loop, listener, [(socket.AF_UNIX, path)])

    def answer(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        """Do what is asked. Raises Refused."""
        match request.get("do"):
            case "hello":
                return {"pid": os.getpid(), "uptime_s": time.monotonic()}
            case "start":
                return self._start(request, fds).document()
            case "processes":
                return {"processes": [process.document() for process in self.processes.values()]}
            case "signal":
                self.find(request).signal(int(request["signum"]))
                return {}
            case "forget":
                self._forget(request)
                return {}
            case "ports":
                return {"ports": [port for port in listening(self._owners()) if port not in self._led]}
            case "exposed":
                return {"ports": sorted(self._exposed)}
            case "served":
                return {"connections": self._served}
            case "expose":
                self._expose(int(request["port"]), fds)
                return {}
            case "lead":
                self.lead(int(request["port"]), str(request["path"]))
                return {}
            case other:
                raise Refused("unknown-request", f"The warden cannot do {other!r}.")

    def find(self, request: dict[str, Any]) -> Process:
        """The process that a request names. Raises Refused."""
        process = self.processes.get(request.get("key", ""))
        if process is None:
            raise Refused("process-not-found", f"There is no process {request.get('key')!r}.")
        return process

    def _start(self, request: dict[str, Any], fds: list[int]) -> Process:
        key, size = request["key"], request.get("size")
        if not _KEY.fullmatch(key):
            raise Refused("bad-key", f"{key!r} cannot name a process.")
        before = self.processes.get(key)
        if before is not None and before.exit_code is None:
            raise Refused("process-runs", f"The process {key!r} runs already.")
        process = Process(self._loop, key, request["argv"], fds.pop() if fds else None, self._common)
        try:
            process.start(request.get("env", {}), request.get("cwd"), tuple(size) if size else None)
        except NotStarted as error:
            raise Refused("process-not-started", str(error)) from None
        if before is not None:
            self.processes.pop(key).close()
        self.processes[key] = process
        self._forget_the_oldest()
        return process

    def _forget(self, request: dict[str, Any]) -> None:
        process = self.find(request)
        if process.exit_code is None:
            raise Refused("process-runs", f"The process {process.key!r} still runs.")
        self.processes.pop(process.key).close()

    def _forget_the_oldest(self) -> None:
        ended = [process for process in self.processes.values() if process.exit_code is not None]
        for process in ended[: max(0, len(self.processes) - _MAX_REMEMBERED)]:
            self.processes.pop(process.key).close()

    def _expose(self, port: int, fds: list[int]) -> None:
        if not fds:
            raise Refused("no-socket", "The request brings no socket to listen on.")
        listener = socket.socket(fileno=fds.pop())
        if port in self._exposed:
            self._loop.watch(self._exposed[port].fileno())
            self._exposed.pop(port).close()
        self._exposed[port] = listener
        # Development servers that say “localhost” may listen on IPv6 alone.
        targets = [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port))]
        bridge(self._loop, listener, targets, self._count)

    def _count(self) -> None:
        self._served += 1


class _Connection:
    """One request and its answer; `attach` goes on as a stream."""

    def __init__(self, loop: Loop, connection: socket.socket, server: Server) -> None:
        connection.setblocking(False)
        self._loop, self._connection, self._server = loop, connection, server
        self._frames = wire.Frames()
        self._fds: list[int] = []
        self._unsent = b""
        self._attached: Process | None = None
        self._offset = 0
        self._ending = False
        self._moved = time.monotonic()
        self._watch()

    def _watch(self) -> None:
        self._loop.watch(self._connection.fileno(), self._read, self._write if self._unsent else None)

    def _read(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._connection, _CHUNK_BYTES, _MAX_FDS)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        self._fds += fds
        if not data:
            self._close()
            return
        try:
            for kind, payload in self._frames.feed(data):
                self._take(kind, payload)
        except Refused as error:
            self._say(wire.message({"error": error.code, "message": str(error)}), last=True)
        except (wire.Garbage, KeyError, TypeError, ValueError, OSError, OverflowError) as error:
            self._say(wire.message({"error": "bad-request", "message": f"{type(error).__name__}: {error}"}), last=True)

    def _take(self, kind: int, payload: bytes) -> None:
        if self._ending:
            return
        if self._attached is not None:
            self._stream(self._attached, kind, payload)
            return
        request = wire.read_message(payload)
        if request.get("do") == "attach":
            self._attach(self._server.find(request), int(request.get("after", 0)))
            return
        self._say(wire.message({"ok": self._server.answer(request, self._fds)}), last=True)

    def _attach(self, process: Process, after: int) -> None:
        self._attached, self._offset = process, after
        process.readers.append(self)
        self._say(wire.message({"ok": process.document()}))
        self.tell()

    def _stream(self, process: Process, kind: int, payload: bytes) -> None:
        match kind:
            case wire.INPUT:
                process.write(payload)
            case wire.INPUT_END:
                process.end_input()
            case wire.RESIZE:
                size = wire.read_message(payload)
                process.resize(int(size["cols"]), int(size["rows"]))
            case _:
                raise wire.Garbage("not a frame for an attached process")

    def lags(self) -> bool:
        """Whether the process should wait for this reader, which it does not for one that has stalled."""
        behind = self._attached is not None and self._attached.ring.end - self._offset > _LAG_BYTES
        return behind and time.monotonic() - self._moved < _STALLED_S

    def tell(self) -> None:
        """Pass on what is new, as far as the other side takes it."""
        process = self._attached
        while process is not None and not self._unsent and not self._ending:
            piece = process.ring.after(self._offset)
            if piece is None:
                if process.exit_code is not None:
                    end = {"exit_code": process.exit_code, "end_offset": process.ring.end}
                    self._say(wire.message(end, wire.EXIT), last=True)
                return
            kind, self._offset, data = piece
            self._say(wire.output(kind, self._offset, data))

    def _say(self, data: bytes, last: bool = False) -> None:
        self._ending = self._ending or last
        self._unsent += data
        self._send()

    def _send(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._connection.send(self._unsent) :]
                self._moved = time.monotonic()
        except BlockingIOError:
            self._watch()
            return
        except OSError:
            self._close()
            return
        self._watch()
        if self._ending:
            self._finish()

    def _write(self) -> None:
        """There is room again."""
        self._send()
        self.tell()
        if self._attached is not None:
            self._attached.resume()

    def _finish(self) -> None:
        """Say no more, and wait for the other side to close: done here, with something of theirs unread, it would take
        back what was said last."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        self._detach()

    def _close(self) -> None:
        if self._connection.fileno() < 0:
            return
        self._loop.watch(self._connection.fileno())
        self._connection.close()
        for fd in self._fds:
            os.close(fd)
        self._fds.clear()
        self._ending = True
        self._detach()

    def _detach(self) -> None:
        process, self._attached = self._attached, None
        if process is not None:
            process.readers.remove(self)
            process.resume()
