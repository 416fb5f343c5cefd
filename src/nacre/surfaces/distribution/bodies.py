"""Bodies of any length, on their way in and out a piece at a time."""

import re
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from nacre.core.errors import InvalidInput, TooLarge

_PIECE_BYTES = 1 << 20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE = re.compile(r"(?:bytes )?(\d+)-(\d+)(?:/.*)?")


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of about 1 MB. Raises ClientDisconnect once what came before that is handed out too."""
    waiting = bytearray()
    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= _PIECE_BYTES:
                yield bytes(waiting)
                waiting.clear()
    except ClientDisconnect:
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)


async def whole(request: Request, limit_bytes: int) -> bytes:
    """Raises TooLarge "blob-too-large"."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise TooLarge("blob-too-large", f"A manifest has at most {limit_bytes:,} bytes.")
    return bytes(body)


def begins_at(header: str | None) -> int | None:
    """Where a piece of an upload says that it begins. Raises InvalidInput "bad-range"."""
    if header is None:
        return None
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None or int(found[2]) < int(found[1]) - 1:
        raise InvalidInput("bad-range", f"“{header[:100]}” is no Content-Range of an upload, such as 0-1023.")
    return int(found[1])


def wanted(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """(first byte, how many) of what is asked for; None for all of it, also where the header makes no sense.

    Raises ValueError when what is asked for lies beyond the end.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        length = min(int(found[2]), size_bytes)
        first = size_bytes - length
    else:
        first = int(found[1])
        last = min(int(found[2]), size_bytes - 1) if found[2] else size_bytes - 1
        length = last - first + 1
    if first >= size_bytes or length <= 0:
        raise ValueError(header)
    return first, length
