"""A stream of bytes as a response: the whole of it, or the part that was asked for."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.responses import Response, StreamingResponse

from nacre.core.operations import Stream


def download(answer: Stream) -> Response:
    """Deliver `answer`; with 206 and Content-Range where it is a part. Browsers must not guess its type."""
    headers = {
        "Content-Disposition": f"{answer.disposition}; filename*=UTF-8''{quote(answer.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes" if answer.total_bytes is not None else "none",
    }
    if answer.size_bytes is not None:
        headers["Content-Length"] = str(answer.size_bytes)
    if answer.etag is not None:
        headers["ETag"] = f'"{answer.etag}"'
    if answer.disposition == "inline":
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
    part = _content_range(answer)
    if part:
        headers["Content-Range"] = part
    return StreamingResponse(
        pulled(answer.chunks()), 206 if part else 200, media_type=answer.media_type, headers=headers
    )


def _content_range(answer: Stream) -> str:
    if answer.total_bytes is None or answer.size_bytes is None or answer.size_bytes == answer.total_bytes:
        return ""
    return f"bytes {answer.start}-{answer.start + answer.size_bytes - 1}/{answer.total_bytes}"


async def pulled(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pull in worker threads; whatever ends the delivery closes the source."""
    try:
        while (chunk := await run_sync(next, chunks, None)) is not None:
            yield chunk
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            await run_sync(close)
