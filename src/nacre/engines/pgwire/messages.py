"""Messages of the protocol, version 3: those the server sends are made here, those of a client taken apart.

(PostgreSQL manual, "Frontend/Backend Protocol", "Message Formats")
"""

import struct
from collections.abc import Sequence

from nacre.engines.pgwire.backend import TEXT, Column, Row
from nacre.engines.pgwire.errors import BrokenProtocol, SqlError

PROTOCOL_3 = 3 << 16
CANCEL, TLS, GSS = 80877102, 80877103, 80877104
"""What a first packet says in place of a version."""

NO_DATA = b"n\0\0\0\4"
PARSE_COMPLETE = b"1\0\0\0\4"
BIND_COMPLETE = b"2\0\0\0\4"
CLOSE_COMPLETE = b"3\0\0\0\4"
EMPTY_QUERY = b"I\0\0\0\4"
PORTAL_SUSPENDED = b"s\0\0\0\4"
AUTHENTICATION_OK = b"R\0\0\0\x08\0\0\0\0"
_NULL = b"\xff\xff\xff\xff"
_int16, _int32 = struct.Struct("!h"), struct.Struct("!i")


def message(kind: bytes, payload: bytes) -> bytes:
    return kind + _int32.pack(len(payload) + 4) + payload


def sasl(mechanisms: Sequence[str]) -> bytes:
    return message(b"R", _int32.pack(10) + b"".join(each.encode() + b"\0" for each in mechanisms) + b"\0")


def sasl_continue(said: bytes) -> bytes:
    return message(b"R", _int32.pack(11) + said)


def sasl_final(said: bytes) -> bytes:
    return message(b"R", _int32.pack(12) + said)


def negotiate(unknown: Sequence[str]) -> bytes:
    """The newest version spoken here, and what the client asked for that is not known."""
    said = b"".join(name.encode() + b"\0" for name in unknown)
    return message(b"v", _int32.pack(PROTOCOL_3) + _int32.pack(len(unknown)) + said)


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", name.encode() + b"\0" + value.encode() + b"\0")


def key_data(pid: int, secret: int) -> bytes:
    return message(b"K", struct.pack("!iI", pid, secret))


def ready(status: bytes) -> bytes:
    return b"Z\0\0\0\5" + status


def parameters(count: int) -> bytes:
    return message(b"t", _int16.pack(count) + _int32.pack(TEXT) * count)


def row_description(columns: Sequence[Column], formats: Sequence[int] = ()) -> bytes:
    parts = [_int16.pack(len(columns))]
    for number, column in enumerate(columns):
        asked = (formats[number] if len(formats) > 1 else formats[0]) if formats else 0
        parts.append(column.name.encode() + b"\0" + struct.pack("!ihihih", 0, 0, column.oid, -1, -1, asked))
    return message(b"T", b"".join(parts))


def data_row(row: Row) -> bytes:
    parts = [_int16.pack(len(row))]
    for value in row:
        if value is None:
            parts.append(_NULL)
        else:
            encoded = value.encode("utf-8", "replace").replace(b"\0", b"")
            parts.append(_int32.pack(len(encoded)))
            parts.append(encoded)
    return message(b"D", b"".join(parts))


def command_complete(tag: str) -> bytes:
    return message(b"C", tag.encode() + b"\0")


def error(what: SqlError, severity: str = "ERROR") -> bytes:
    """ErrorResponse. (PostgreSQL manual, "Error and Notice Message Fields")"""
    fields = (
        (b"S", severity), (b"V", severity), (b"C", what.sqlstate), (b"M", what.message),
        (b"D", what.detail), (b"H", what.hint),
    )  # fmt: skip
    said = b"".join(code + text.replace("\0", "").encode("utf-8", "replace") + b"\0" for code, text in fields if text)
    return message(b"E", said + b"\0")


class Reader:
    """What is left of one message of a client. Raises BrokenProtocol where it ends too early, or too late."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    def int16(self) -> int:
        return self._number(_int16)

    def int32(self) -> int:
        return self._number(_int32)

    def take(self, size_bytes: int) -> bytes:
        if size_bytes < 0 or self._at + size_bytes > len(self._payload):
            raise BrokenProtocol("a message ends too early")
        piece = self._payload[self._at : self._at + size_bytes]
        self._at += size_bytes
        return piece

    def string(self) -> str:
        end = self._payload.find(b"\0", self._at)
        if end < 0:
            raise BrokenProtocol("a text has no end")
        piece = self._payload[self._at : end]
        self._at = end + 1
        return decoded(piece)

    def rest(self) -> bytes:
        return self.take(len(self._payload) - self._at)

    def end(self) -> None:
        if self._at != len(self._payload):
            raise BrokenProtocol("a message is longer than what it says")

    def _number(self, form: struct.Struct) -> int:
        return int(form.unpack(self.take(form.size))[0])


def decoded(piece: bytes) -> str:
    """Raises SqlError 22021, also for the one character that PostgreSQL keeps in no text."""
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        raise SqlError("22021", "This text is not in UTF-8.") from error
    if "\0" in text:
        raise SqlError("22021", "This text has a character of the code 0 in it.")
    return text
