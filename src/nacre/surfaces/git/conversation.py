"""One request to git: what the client sends goes in while what git answers goes out, as fast as the slower side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from nacre.core.errors import NacreError
from nacre.engines.git.serving import Exchange
from nacre.surfaces.git.pushing import LONGEST_S, CutOff, Push
from nacre.surfaces.git.refusal import refusal

_log = structlog.get_logger()
_PUSH_TYPE = "application/x-git-receive-pack-result"
_NO_CACHE = [(b"cache-control", b"no-cache, max-age=0, must-revalidate"), (b"x-content-type-options", b"nosniff")]


class Conversation:
    """An ASGI answer. Whoever hangs up ends it."""

    def __init__(self, exchange: Exchange, body: AsyncIterator[bytes], media_type: str, head: bytes = b"") -> None:
        self._exchange = exchange
        self._body = body
        self._media_type = media_type
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(ClientDisconnect, OSError, TimeoutError):
            async with asyncio.timeout(LONGEST_S), self._exchange as git:
                told = Told(send, self._media_type)
                await told.write(self._head)
                async with hearing(self._body, git, receive):
                    while piece := await git.read():
                        await told.write(piece)
                if await git.ended() != 0:
                    _log.info("git gave up", said=git.complaint())
                await told.end()


class Pushing:
    """A push, as an ASGI answer."""

    def __init__(self, push: Push) -> None:
        self._push = push

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._push.take(Told(send, _PUSH_TYPE), scope["request_id"])
        except CutOff:
            return
        except NacreError as error:
            await refusal(error)(scope, receive, send)


async def until_cut_off(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same; when the client hangs up before its end, that is told in the words of a push."""
    try:
        async for piece in body:
            yield piece
    except ClientDisconnect as error:
        raise CutOff from error


@contextlib.asynccontextmanager
async def hearing(body: AsyncIterator[bytes], git: Exchange, receive: Receive) -> AsyncIterator[None]:
    """Feed git while the block runs; when the client hangs up, the block is left with ClientDisconnect."""
    speaking = asyncio.current_task()
    assert speaking is not None
    hung_up = through = False

    async def hear() -> None:
        nonlocal hung_up
        try:
            async for piece in body:
                await git.write(piece)
            git.end_input()
            while (await receive())["type"] != "http.disconnect":
                pass
        except (ClientDisconnect, NacreError) as error:
            _log.info("a request to git was cut off", why=str(error) or "the client hung up")
        finally:
            if not through:
                hung_up = True
                speaking.cancel()

    hearer = asyncio.create_task(hear())
    try:
        yield
        through = True
    except asyncio.CancelledError:
        if not hung_up:
            raise
        speaking.uncancel()
        raise ClientDisconnect from None
    finally:
        through = True
        hearer.cancel()
        await asyncio.gather(hearer, return_exceptions=True)


class Told:
    """What the client is told. It begins with the first piece: over HTTP/1.1 a gateway that has an answer to pass on
    stops passing on the request."""

    def __init__(self, send: Send, media_type: str) -> None:
        self._send = send
        self._media_type = media_type
        self._begun = False

    async def write(self, piece: bytes) -> None:
        if piece:
            await self._begin()
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        await self._begin()
        await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            headers = [(b"content-type", self._media_type.encode()), *_NO_CACHE]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
