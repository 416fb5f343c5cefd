"""Text as it is compared: in lower case, and what JSON escapes written out, so that 订单 finds "\\u8ba2\\u5355".

Folding a text that is made of two gives both folded, one after the other: what is part of a text stays part of it.
"""

import re

_CASED = {*range(0xC2, 0xD7), 0xE1, 0xE2, 0xEA, 0xEF, 0xF0}
"""What letters begin with in UTF-8 that have upper and lower case; those of Chinese, Japanese and Korean do not."""
_CASELESS = bytes(byte for byte in range(256) if byte not in _CASED)
_ESCAPES = re.compile(rb"(?:\\u[0-9a-fA-F]{4})+")


def folded(text: bytes) -> bytes:
    """Bytes that are no UTF-8 stay as they are."""
    if b"\\u" in text:
        text = _ESCAPES.sub(_written_out, text)
    if text.isascii() or not text.translate(None, _CASELESS):
        return text.lower()
    return text.decode(errors="surrogateescape").casefold().encode(errors="surrogateescape")


def _written_out(escapes: "re.Match[bytes]") -> bytes:
    found = escapes[0]
    units = bytes.fromhex(found.replace(b"\\u", b"").decode())
    text = units.decode("utf-16-be", errors="replace")
    # Control characters stay escaped: a line end written out would make two lines of one.
    return "".join(one if one >= " " else f"\\u{ord(one):04x}" for one in text).encode()
