"""One HTTP/1.1 connection to a provider: an asyncio protocol around httptools."""

import asyncio
from typing import cast

import httptools

_PAUSE_READING_BYTES = 256 << 10


class Unanswered(Exception):
    """The connection ended before the head of an answer."""


class CutOff(Exception):
    """The connection ended inside an answer."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    status: int
    headers: dict[str, str]

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._reset()
        self._complete = True
        self._closed = False
        self._paused = False

    @property
    def usable(self) -> bool:
        return self._complete and not self._closed and self._kept and not self._chunks

    async def send(self, request: bytes) -> None:
        """Send, and wait for the head of the answer. Raises Unanswered."""
        self._reset()
        if self._closed or self._transport is None:
            raise Unanswered
        self._transport.write(request)
        while not self._headed:
            if self._closed:
                raise Unanswered
            await self._something()

    async def read(self) -> bytes:
        """What came of the body since; nothing at its end. Raises CutOff."""
        while not self._chunks:
            if self._complete:
                return b""
            if self._closed:
                raise CutOff
            await self._something()
        piece = b"".join(self._chunks)
        self._chunks.clear()
        self._waiting_bytes = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def abort(self) -> None:
        """Close now: what is on its way in either direction is dropped."""
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    def _reset(self) -> None:
        self._headed = self._complete = False
        self._kept = True
        self._until_closed = False
        self._chunks: list[bytes] = []
        self._waiting_bytes = 0

    async def _something(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by class

    def data_received(self, data: bytes) -> None:
        if self._complete:  # nobody asked: an answer to nothing, or a farewell such as 408
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        del self._parser  # it holds this connection
        # A body without a length ends with the connection; an orderly end is all that tells it from a cut.
        if self._headed and self._until_closed and error is None:
            self._complete = True
        self._wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self.headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self._headed = True
            self._kept = self._parser.should_keep_alive()
            self._until_closed = "content-length" not in self.headers and "transfer-encoding" not in self.headers

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes > _PAUSE_READING_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        self._complete = self._headed
