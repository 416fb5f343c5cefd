"""One connection as messages: those that come wait here until they are asked for, those that go wait for room."""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from nacre.engines.pgwire.errors import BrokenProtocol

_HELD_BYTES = 1 << 20
LONGEST_BYTES = 64 << 20
"""The longest message that is taken, as one text may be a whole document."""


class Gone(Exception):
    """The client has left."""


class Channel(asyncio.Protocol):
    """`on_made` is called with a new connection, `on_lost` when it is over. Belongs to one event loop."""

    def __init__(self, on_made: "Callable[[Channel], None]", on_lost: Callable[[], None] | None = None) -> None:
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
        length = int.from_bytes(await self._next(0, 4), "big")
        return (await self._whole(4, length - 4, longest_bytes))[4:]

    async def message(self, longest_bytes: int = LONGEST_BYTES) -> tuple[int, bytes]:
        """Its kind and what it says. Raises Gone, BrokenProtocol."""
        head = await self._next(0, 5)
        length = int.from_bytes(head[1:], "big")
        return head[0], (await self._whole(5, length - 4, longest_bytes))[5:]

    def write(self, piece: bytes) -> None:
        self.transport.write(piece)

    async def drain(self) -> None:
        """Wait until there is room for more. Raises Gone."""
        if self._room is not None:
            await self._room
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
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
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

    async def _next(self, start: int, size_bytes: int) -> bytes:
        """The bytes at this place of what has come, once they are there; they stay."""
        while len(self._came) < start + size_bytes:
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
        return bytes(self._came[start : start + size_bytes])

    async def _whole(self, head_bytes: int, body_bytes: int, longest_bytes: int) -> bytes:
        """Head and body, which are taken out."""
        if not 0 <= body_bytes <= longest_bytes:
            raise BrokenProtocol(f"a message of {body_bytes} bytes is not taken")
        whole = await self._next(0, head_bytes + body_bytes)
        del self._came[: len(whole)]
        return whole

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
