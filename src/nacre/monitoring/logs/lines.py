"""Lines as they are kept: text without colours, what is no text escaped, and none longer than 64 KB."""

import json
import re
from typing import Any

LONGEST = 64 << 10
_LONGEST_JSON = 4 * LONGEST
_LONGEST_TEXTS = (8000, 500)
"""So many characters are left of each text in a line of JSON that is too long, or, where these are many, so many."""

_COLOURS = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")
_PLAIN = bytes([9, 10, *range(0x20, 0x7F)])


def split(data: bytes, longest: int = LONGEST) -> list[bytes]:
    """The lines in `data`, of which the last has its end or none, as they are kept."""
    lines = data.removesuffix(b"\n").split(b"\n")
    if data.translate(None, _PLAIN):
        return [kept(line, len(line), longest) for line in lines]
    return [line if len(line) <= longest else kept(line, len(line), longest) for line in lines]


def kept(line: bytes, size_bytes: int, longest: int = LONGEST) -> bytes:
    """One line as it is kept; `line` is at least the first 64 KB of the `size_bytes` that it has.

    Escaped text may be longer than what it stands for, and is cut as well.
    """
    head = line[:longest]
    if size_bytes <= longest:
        head = head.removesuffix(b"\r")
    text = _COLOURS.sub(b"", head).decode(errors="backslashreplace")
    shown = _CONTROLS.sub(_escaped_in_json if text.startswith("{") else _escaped, text).encode()
    if len(shown) <= longest and size_bytes <= longest:
        return shown
    if line.startswith(b"{") and len(line) == size_bytes <= _LONGEST_JSON and (shorter := _shorter(line, longest)):
        return shorter
    fits = shown[:longest].decode(errors="ignore").encode()
    left_out = size_bytes - longest if size_bytes > longest else len(shown) - len(fits)
    return b"%s\xe2\x80\xa6 [%d bytes of this line left out]" % (fits, left_out)


def _shorter(line: bytes, longest: int) -> bytes | None:
    """A line of JSON that stays one: whose it is may stand at its end, behind what somebody had it cite."""
    try:
        document = json.loads(line)
        for most in _LONGEST_TEXTS:
            text = json.dumps(_cut(document, most), ensure_ascii=False, separators=(",", ":"))
            shown = _CONTROLS.sub(_escaped_in_json, text).encode(errors="backslashreplace")
            if len(shown) <= longest:
                return shown
    except (ValueError, RecursionError):
        pass
    return None


def _cut(value: Any, most: int) -> Any:
    match value:
        case str() if len(value) > most:
            return f"{value[:most]}… [{len(value) - most} characters left out]"
        case list():
            return [_cut(each, most) for each in value]
        case dict():
            return {name: _cut(each, most) for name, each in value.items()}
    return value


def _escaped(found: "re.Match[str]") -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _escaped_in_json(found: "re.Match[str]") -> str:
    """As JSON has it: what becomes of a line must not hang on what somebody had it cite."""
    return f"\\u{ord(found[0]):04x}"
