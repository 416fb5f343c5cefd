"""The body of a request as it comes, unpacked where the client has packed it."""

import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from nacre.core.errors import InvalidInput

_AT_ONCE_BYTES = 1 << 18


async def decoded(request: Request) -> AsyncIterator[bytes]:
    """In pieces of bounded size, however much a few packed bytes stand for.

    Raises InvalidInput "bad-body", starlette's ClientDisconnect.
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        async for piece in request.stream():
            yield piece
        return
    if encoding not in ("gzip", "x-gzip"):
        raise InvalidInput("bad-body", f"A body encoded as {encoding:.20} is not taken.", hint="Send it as it is.")
    unpacker = zlib.decompressobj(31)
    async for piece in request.stream():
        while piece:
            try:
                yield unpacker.decompress(piece, _AT_ONCE_BYTES)
            except zlib.error as error:
                raise InvalidInput("bad-body", f"The body is no gzip: {error}.", hint="Send it again.") from error
            piece = unpacker.unconsumed_tail
