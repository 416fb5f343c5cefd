"""The server: takes connections on listening sockets, and has statements cancelled for whoever knows their key."""

import asyncio
import logging
import secrets
import socket
import ssl
from dataclasses import dataclass
from functools import partial
from typing import Generic

from nacre.engines.pgwire.backend import Backend, S
from nacre.engines.pgwire.channel import Channel
from nacre.engines.pgwire.connection import Connection
from nacre.engines.pgwire.reception import Encryption, Reception

_log = logging.getLogger(__name__)


@dataclass
class _Door:
    """One listening socket, and how many who came by it are there: a crowd before one door leaves the others free."""

    encryption: Encryption | None
    inside: int = 0


_CROWD = 2
"""How many times as many as are let in may wait at the door: those, too, who come to cancel."""

_WAITING = 1024
"""How many may wait to be taken. A loop listens anew, and would let 100: on a unix socket one more is turned away."""


class Server(Generic[S]):
    """Answers with `backend`. Belongs to one event loop. `limit_connections` is for each listening socket.

    Whoever has not signed in within `let_in_within_s` is sent away.
    """

    def __init__(self, backend: Backend[S], *, limit_connections: int = 1000, let_in_within_s: float = 15.0) -> None:
        self._backend = backend
        self._limit = limit_connections
        self._let_in_within_s = let_in_within_s
        self._connections: dict[int, tuple[int, _Door, Connection[S]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: list[asyncio.Server] = []
        self._last_pid = 0

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._connections)

    async def serve(
        self, listener: socket.socket, tls: ssl.SSLContext | None = None, certificate_der: bytes | None = None
    ) -> None:
        """Take connections on `listener` from now on, which listens already; with `tls` for those who ask for it.

        With the server's own certificate, sign-ins are bound to it, for clients that know how: nobody in between can
        pass them on.
        """
        door = _Door(Encryption(tls, certificate_der) if tls is not None else None)
        loop = asyncio.get_running_loop()

        def take() -> Channel:
            return Channel(lambda channel: self._begin(channel, door))

        if listener.family == socket.AF_UNIX:
            self._listening.append(await loop.create_unix_server(take, sock=listener, backlog=_WAITING))
        else:
            self._listening.append(await loop.create_server(take, sock=listener, backlog=_WAITING))

    async def close(self) -> None:
        """Take no more, and end those that there are."""
        for server in self._listening:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _cancel(self, door: _Door, pid: int, secret: int) -> None:
        """Stop the statement of the connection that was given this key, by the same door; another key does nothing."""
        known = self._connections.get(pid)
        if known is None or known[1] is not door:
            return
        if secrets.compare_digest(known[0].to_bytes(4, "big"), secret.to_bytes(4, "big")):
            known[2].stop_statement()

    def _begin(self, channel: Channel, door: _Door) -> None:
        there = door.inside
        if there >= self._limit * _CROWD:
            channel.transport.abort()
            return
        pid, secret = self._key()
        connection = Connection(
            self._backend,
            channel,
            Reception(channel, door.encryption, partial(self._cancel, door)),
            (pid, secret),
            full=there >= self._limit,
            let_in_within_s=self._let_in_within_s,
        )
        self._connections[pid] = (secret, door, connection)
        door.inside += 1
        task = asyncio.get_running_loop().create_task(self._run(pid, door, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        channel.on_lost = task.cancel

    async def _run(self, pid: int, door: _Door, connection: Connection[S]) -> None:
        try:
            await connection.serve()
        except Exception:
            _log.exception("a connection failed")
        finally:
            del self._connections[pid]
            door.inside -= 1

    def _key(self) -> tuple[int, int]:
        """A number that no connection has, and something that nobody can guess."""
        self._last_pid = self._last_pid % 0x7FFFFFFF + 1
        while self._last_pid in self._connections:
            self._last_pid = self._last_pid % 0x7FFFFFFF + 1
        return self._last_pid, secrets.randbits(32)
