"""A waiting room: a socket that is dialled while an app is down; who comes in waits until it is up.

Connections are taken as they are, so requests with bodies and WebSockets wait as well as any.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

_log = structlog.get_logger()
_CHUNK_BYTES = 64 << 10
_BACKLOG = 512

Bring = Callable[[], Awaitable[Path]]
"""Brings the app up and answers the socket that reaches it. Raises what keeps it from coming up."""


class WaitingRoom:
    """On a unix socket of its own, for the gateway alone: `group` is the group it is in, None where it runs as the
    daemon's user. Belongs to the daemon's loop."""

    def __init__(self, path: Path, bring: Bring, group: int | None = None) -> None:
        self.path = path
        self._bring = bring
        self._group = group
        self._server: asyncio.Server | None = None
        self._guests: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._server is None:
            self.path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._take, str(self.path), backlog=_BACKLOG)
            self.path.chmod(0o660)
            if self._group is not None:
                os.chown(self.path, -1, self._group)

    def close(self) -> None:
        """Let nobody in any more; who is in stays until served."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.path.unlink(missing_ok=True)

    async def clear(self) -> None:
        """Close it, and send everybody away."""
        self.close()
        for guest in [*self._guests]:
            guest.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._guests.add(task)
        task.add_done_callback(self._guests.discard)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # sent away; an error here would only be logged by the server
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            socket = await self._bring()
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(socket))
        except Exception as error:  # whoever waits sees the connection closed; why is told in the app's status
            _log.warning("not brought up for a request", room=str(self.path), reason=str(error))
            return
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    except OSError:
        writer.close()
        return
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()
