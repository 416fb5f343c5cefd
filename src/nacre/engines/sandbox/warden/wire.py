"""How daemon and warden talk: frames of a length, a kind and a payload, over one connection for each request."""

import json
import struct
from collections.abc import Iterator
from typing import Any

MAX_FRAME_BYTES = 1 << 20

MESSAGE = ord("J")  # JSON: a request, or its answer
STDOUT, STDERR = ord("o"), ord("e")  # the offset after these bytes, then the bytes
INPUT, INPUT_END = ord("i"), ord("c")
RESIZE = ord("r")  # JSON: {"cols", "rows"}
EXIT = ord("x")  # JSON: {"exit_code", "end_offset"}

_HEADER = struct.Struct(">IB")
_OFFSET = struct.Struct(">Q")


class Garbage(ValueError):
    """What arrived is not what this protocol says."""


def frame(kind: int, payload: bytes) -> bytes:
    """One frame, to be sent whole."""
    return _HEADER.pack(len(payload), kind) + payload


def message(document: dict[str, Any], kind: int = MESSAGE) -> bytes:
    """A frame that carries JSON."""
    return frame(kind, json.dumps(document).encode())


def output(kind: int, end_offset: int, data: bytes) -> bytes:
    """A frame of output; `end_offset` counts all bytes of the process up to the end of `data`."""
    return frame(kind, _OFFSET.pack(end_offset) + data)


def read_message(payload: bytes) -> dict[str, Any]:
    """The JSON object in a payload. Raises Garbage."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Garbage(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Garbage("not a JSON object")
    return document


def read_output(payload: bytes) -> tuple[int, bytes]:
    """The end offset and the bytes of an output frame. Raises Garbage."""
    if len(payload) < _OFFSET.size:
        raise Garbage("output without an offset")
    return _OFFSET.unpack_from(payload)[0], payload[_OFFSET.size :]


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Kind and payload of every frame that `data` completes. Raises Garbage when one claims to be too long."""
        self._held += data
        while len(self._held) >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._held)
            if length > MAX_FRAME_BYTES:
                raise Garbage(f"a frame of {length} bytes")
            end = _HEADER.size + length
            if len(self._held) < end:
                return
            payload = bytes(self._held[_HEADER.size : end])
            del self._held[:end]
            yield kind, payload
