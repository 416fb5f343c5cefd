"""Server-sent events: how one is written, and the response that carries them."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

HEARTBEAT = b": still here\n\n"
HEARTBEAT_EVERY_S = 15.0


def frame(event: str, data: str, id_: int | None = None) -> bytes:
    """One event; `data` is JSON text, which has no raw line breaks."""
    head = "" if id_ is None else f"id: {id_}\n"
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


def stream(frames: AsyncIterator[bytes]) -> StreamingResponse:
    # Proxies that buffer would hold events back until the end.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)
