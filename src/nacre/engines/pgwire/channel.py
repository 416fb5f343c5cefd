"""One connection as messages: those that come wait here until they are asked for, those that go wait for room."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import cast

from nacre.engines.pgwire.errors import BrokenProtocol

_HELD_BYTES = 1 << 20
LONGEST_BYTES = 16 << 20
"""The longest message that is taken, as one text may be a whole document."""
_SKIPPED_BYTES = 1 << 30
"""What is longer than that is let pass unread, so that its sender hears why; up to as much as PostgreSQL takes."""
_WHOLE_WITHIN_S = 60.0
_SENT_WITHIN_S = 10.0
_ALIVE = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 30,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 10,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 60_000,
}
"""A client whose machine vanished is missed within a minute."""


class Gone(Exception):
    """The client has left."""


class Channel(asyncio.Protocol):
    """`on_made` is called with a new connection, `on_lost` when it is over. Belongs to one event loop."""

    def __init__(self, on_made: "Callable[[Channel], None]", on_lost: Callable[[], object] | None = None) -> None:
        self._on_made = on_made
        self.on_lost = on_lost
        self._came = bytearray()
        self._waiting: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._paused = False
        self._over = False
        self.transport: asyncio.Transport

    async def packet(self, longest_bytes: int) -> bytes:
        """A message without a kind, as the first ones are. Raises Gone, BrokenProtocol."""
        await self._here(4)
        length = int.from_bytes(self._came[:4], "big")
        if not 4 <= length <= longest_bytes:
            raise BrokenProtocol(f"a first message of {length} bytes is not taken")
        await self._here(length)
        return self._taken(4, length)

    async def message(self, longest_bytes: int = LONGEST_BYTES) -> tuple[int, bytes | None]:
        """Its kind and what it says; None for what is too long to be kept. Raises Gone, BrokenProtocol, TimeoutError.

        Whoever begins a message must end it within a minute.
        """
        await self._here(5)
        kind, body_bytes = self._came[0], int.from_bytes(self._came[1:5], "big") - 4
        if not 0 <= body_bytes <= _SKIPPED_BYTES:
            raise BrokenProtocol(f"a message of {body_bytes} bytes is not taken")
        if len(self._came) >= body_bytes + 5:
            return kind, self._taken(5, body_bytes + 5)
        async with asyncio.timeout(_WHOLE_WITHIN_S):
            if body_bytes > longest_bytes:
                await self._skipped(body_bytes + 5)
                return kind, None
            await self._here(body_bytes + 5)
            return kind, self._taken(5, body_bytes + 5)

    def write(self, piece: bytes) -> None:
        """To nobody, where the client has left; whoever waits next hears so."""
        if not self._over:
            self.transport.write(piece)

    async def drain(self) -> None:
        """Wait until there is room for more. Raises Gone."""
        if self._room is not None:
            await asyncio.shield(self._room)  # others, and whoever waits after a cancel, wait for the same
        if self._over:
            raise Gone

    async def encrypt(self, context: ssl.SSLContext) -> None:
        """From here on in TLS. Raises BrokenProtocol when something came in the clear after the request for it."""
        if self._came:
            raise BrokenProtocol("something was sent before TLS was agreed on")
        loop = asyncio.get_running_loop()
        made = await loop.start_tls(self.transport, self, context, server_side=True)
        if made is None:
            raise Gone
        self.transport = made

    def close(self) -> None:
        """Send what waits to be sent, for a while, and end."""
        if not self.transport.is_closing():
            self.transport.close()
            asyncio.get_running_loop().call_later(_SENT_WITHIN_S, self.transport.abort)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        connected = transport.get_extra_info("socket")
        if connected.family != socket.AF_UNIX:
            for option, value in _ALIVE.items():
                connected.setsockopt(*option, value)
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if self._waiting is not None:
            self._wake()
        elif len(self._came) > _HELD_BYTES and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self.resume_writing()
        self._wake()
        if self.on_lost is not None:
            self.on_lost()

    async def _here(self, size_bytes: int) -> None:
        """Once so much has come; it stays."""
        while len(self._came) < size_bytes:
            await self._more()

    async def _skipped(self, size_bytes: int) -> None:
        """Once so much has come and gone."""
        while size_bytes > len(self._came):
            size_bytes -= len(self._came)
            self._came.clear()
            await self._more()
        del self._came[:size_bytes]

    async def _more(self) -> None:
        if self._over:
            raise Gone
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _taken(self, start: int, end: int) -> bytes:
        with memoryview(self._came) as came:
            piece = bytes(came[start:end])
        del self._came[:end]
        return piece

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
