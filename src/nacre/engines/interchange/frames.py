"""What the daemon and the process that reads or writes a file say to each other: JSON, and numbers after it."""

import json
import struct
from typing import IO, Any, Protocol


class Outlet(Protocol):
    def write(self, data: bytes, /) -> object: ...


_HEAD = struct.Struct("<QQ")
LARGEST_TEXT_BYTES = 512 << 20
LARGEST_NUMBERS_BYTES = 1 << 30


def send(to: Outlet, said: Any, numbers: bytes = b"") -> None:
    """Raises UnicodeEncodeError for half a character."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    to.write(_HEAD.pack(len(text), len(numbers)))
    to.write(text)
    to.write(numbers)


def receive(file: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The JSON and the numbers; None at the end. Raises ValueError for what is cut off, or too large."""
    head = file.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise ValueError("cut off")
    text_bytes, numbers_bytes = _HEAD.unpack(head)
    if text_bytes > LARGEST_TEXT_BYTES or numbers_bytes > LARGEST_NUMBERS_BYTES:
        raise ValueError("too large")
    text, numbers = file.read(text_bytes), file.read(numbers_bytes)
    if len(text) < text_bytes or len(numbers) < numbers_bytes:
        raise ValueError("cut off")
    return text, numbers
