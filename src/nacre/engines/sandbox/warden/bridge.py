"""Carries connections from one listening socket to another address, both ways, without reading what they say."""

import contextlib
import errno
import socket
from collections.abc import Callable, Sequence

from .loop import Loop

_CHUNK_BYTES = 64 << 10
_PAUSE_S = 0.1
_TOO_MANY = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def bridge(
    loop: Loop,
    listener: socket.socket,
    targets: Sequence[tuple[socket.AddressFamily, object]],
    count: Callable[[], object] = lambda: None,
) -> None:
    """Accept on `listener` from now on, for the first of `targets`, each a family and an address, that answers.

    `count` is called for every connection.
    """

    def connect(client: socket.socket) -> None:
        count()
        client.setblocking(False)
        _connect(loop, client, list(targets))

    accept(loop, listener, connect)


def accept(loop: Loop, listener: socket.socket, take: Callable[[socket.socket], object]) -> None:
    """Hand every connection to `take` from now on. Where descriptors run out, others are waited for."""
    listener.setblocking(False)

    def ready() -> None:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno in _TOO_MANY:
                loop.watch(listener.fileno())
                loop.later(_PAUSE_S, lambda: loop.watch(listener.fileno(), ready))
            return
        take(connection)

    loop.watch(listener.fileno(), ready)


def _connect(loop: Loop, client: socket.socket, targets: list[tuple[socket.AddressFamily, object]]) -> None:
    while targets:
        family, address = targets.pop(0)
        try:
            server = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        server.setblocking(False)
        refused = server.connect_ex(address)  # type: ignore[arg-type]
        if refused == 0:
            _Pair(loop, client, server)
            return
        if refused == errno.EINPROGRESS:
            loop.watch(server.fileno(), None, lambda server=server: _connected(loop, client, server, targets))  # type: ignore[misc]
            return
        server.close()
    client.close()


def _connected(
    loop: Loop, client: socket.socket, server: socket.socket, targets: list[tuple[socket.AddressFamily, object]]
) -> None:
    loop.watch(server.fileno())
    if server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
        _Pair(loop, client, server)
        return
    server.close()
    _connect(loop, client, targets)


class _Pair:
    """Two connected sockets. What one side has no room for is held, and its source is not read meanwhile."""

    def __init__(self, loop: Loop, client: socket.socket, server: socket.socket) -> None:
        self._loop = loop
        for one in (client, server):
            if one.family != socket.AF_UNIX:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._other = {client: server, server: client}
        self._held = {client: b"", server: b""}  # towards that socket
        self._open = {client, server}  # those that may still say something
        self._watch(client)
        self._watch(server)

    def _watch(self, one: socket.socket) -> None:
        reads = one in self._open and not self._held[self._other[one]]
        self._loop.watch(
            one.fileno(),
            (lambda: self._read(one)) if reads else None,
            (lambda: self._flush(one)) if self._held[one] else None,
        )

    def _read(self, one: socket.socket) -> None:
        other = self._other[one]
        try:
            data = one.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        if not data:
            self._open.discard(one)
            if not self._open:
                self._close()
                return
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_WR)
            self._watch(one)
            return
        try:
            sent = other.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close()
            return
        if sent < len(data):
            self._held[other] = data[sent:]
            self._watch(one)
            self._watch(other)

    def _flush(self, one: socket.socket) -> None:
        try:
            sent = one.send(self._held[one])
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        self._held[one] = self._held[one][sent:]
        if not self._held[one]:
            self._watch(one)
            self._watch(self._other[one])

    def _close(self) -> None:
        for one in self._other:
            self._loop.watch(one.fileno())
            one.close()
