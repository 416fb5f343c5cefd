"""What a file really is, by its bytes; whether that is what it claims; and what a browser may show. Pure rules."""

import mimetypes
import os
import re

from nacre.core.errors import InvalidInput
from nacre.engines.files.edits import Edits

HEAD_BYTES = 1 << 16
TAIL_BYTES = 1 << 16
UNKNOWN = "application/octet-stream"
_SURE = 0.7

# (offset, signature, type). Only those that cannot be mistaken for text.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\0\0\1\0", "image/x-icon"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\0asm", "application/wasm"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"PAR1", "application/vnd.apache.parquet"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"\0\1\0\0", "font/ttf"),
    (0, b"OTTO", "font/otf"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
)
# Types that share one signature, by the one it is known by.
_SAME = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/vnd.microsoft.icon": "image/x-icon",
    "image/heif": "image/heic", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav",
    "video/avi": "video/x-msvideo", "audio/mp3": "audio/mpeg", "audio/mp4": "video/mp4", "audio/x-m4a": "video/mp4",
    "video/x-m4v": "video/mp4", "video/3gpp": "video/mp4", "video/ogg": "audio/ogg", "application/ogg": "audio/ogg",
    "audio/opus": "audio/ogg", "audio/x-flac": "audio/flac", "video/x-matroska": "video/webm",
    "audio/webm": "video/webm", "application/x-zip-compressed": "application/zip",
    "application/java-archive": "application/zip", "application/epub+zip": "application/zip",
    "application/vnd.android.package-archive": "application/zip", "application/x-gzip": "application/gzip",
    "application/x-compressed-tar": "application/gzip", "application/bzip2": "application/x-bzip2",
    "application/x-rar-compressed": "application/vnd.rar", "application/x-sqlite3": "application/vnd.sqlite3",
    "application/x-pdf": "application/pdf", "application/x-msdownload": "application/vnd.microsoft.portable-executable",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable", "application/font-woff": "font/woff",
}  # fmt: skip
_ZIPPED = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
_RECOGNISED = {kind for _, _, kind in _SIGNATURES}
_EXECUTABLE = {"application/x-executable", "application/vnd.microsoft.portable-executable", "application/x-mach-binary"}
_TEXTUAL = {
    "application/json", "application/javascript", "application/x-javascript", "application/xml", "application/sql",
    "application/toml", "application/yaml", "application/x-yaml", "application/x-sh", "application/xhtml+xml",
    "application/ld+json", "application/typescript", "image/svg+xml",
}  # fmt: skip
# A comment ends where it first may (an atomic group): tried every way, a row of them would be tried for years.
_MARKUP = re.compile(
    rb"\A[\s\xef\xbb\xbf]*(?:(?><!--.{0,2000}?-->)\s*)*<(!doctype\s+html|html|head|body|script|\?xml|svg)",
    re.IGNORECASE | re.DOTALL,
)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script|<!doctype html|<html[\s>]|<\?php", re.IGNORECASE)
_NOT_IN_TEXT = bytes({*range(32), 127} - {*b"\a\b\t\n\v\f\r\x1b"})
_END_OF_ZIP = b"PK\x05\x06"

_SHOWN = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/x-icon", "application/pdf",
    "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "video/mp4", "video/webm", "video/quicktime",
}  # fmt: skip


def sniff(head: bytes, name: str) -> str:
    """The media type of content that begins with `head` (the first 64 kB say enough); `name` tells texts apart."""
    found = _signed(head)
    if found is not None:
        return found
    if is_text(head):
        return _text_type(head, name)
    return _guessed(head)


def check(head: bytes, tail: bytes, name: str, declared: str) -> str:
    """The type that content has, by its first and last 64 kB.

    Raises InvalidInput "type-mismatch" where it is not of the kind that `declared` (empty: nothing is declared) or the
    name claims, and "polyglot" where it is of two kinds at once.
    """
    found = sniff(head, name)
    if not head:
        return found
    _refuse_polyglot(found, head, tail, name)
    for claim in _claims(name, declared):
        if not _fits(claim, found):
            raise InvalidInput(
                "type-mismatch",
                f"“{name}” is said to be {claim}, but its content is {found}; it was not stored.",
                hint="Give it the name and type that it really has.",
            )
    return found


def shown_as(media_type: str) -> str | None:
    """The type under which a browser may show such content in place; None where it may only save it.

    Text of any kind is shown as plain text: no page and no script of people's is ever run from this address.
    """
    if media_type in _SHOWN:
        return media_type
    if is_textual(media_type):
        return "text/plain; charset=utf-8"
    return None


def is_textual(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in _TEXTUAL or media_type.endswith(("+json", "+xml"))


def is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters that texts do not hold; a character cut off at the end is none."""
    if head.translate(None, _NOT_IN_TEXT) != head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(head) - 3
    return True


def head_of(edits: Edits, path: bytes) -> bytes:
    """The first 64 kB of a file."""
    fd = edits.open(path)
    try:
        return os.pread(fd, HEAD_BYTES, 0)
    finally:
        os.close(fd)


def _signed(head: bytes) -> str | None:
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset) and (offset != 8 or head.startswith(b"RIFF")):
            return kind
    return None


def _text_type(head: bytes, name: str) -> str:
    markup = _MARKUP.match(head)
    if markup is not None:
        tag = markup[1].lower()
        if tag == b"svg" or (tag == b"?xml" and _SVG.search(head)):
            return "image/svg+xml"
        return "text/xml" if tag == b"?xml" else "text/html"
    by_name = mimetypes.guess_type(name)[0] or ""
    return by_name if is_textual(by_name) and by_name not in ("text/html", "image/svg+xml") else "text/plain"


def _guessed(head: bytes) -> str:
    import puremagic  # 1.4 MB of signatures, for files that nothing else tells

    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    sure = (match.mime_type for match in matches if match.confidence >= _SURE and match.mime_type)
    return next(sure, UNKNOWN)


def _claims(name: str, declared: str) -> list[str]:
    said = _known(declared.partition(";")[0].strip().lower())
    by_name, packed = mimetypes.guess_type(name)
    told = [_PACKED.get(packed, "")] if packed else [said, _known(by_name or "")]
    return [claim for claim in dict.fromkeys(told) if claim not in ("", UNKNOWN)]


def _known(kind: str) -> str:
    return "application/zip" if kind.startswith(_ZIPPED) else _SAME.get(kind, kind)


def _fits(claim: str, found: str) -> bool:
    if claim in _RECOGNISED:
        return found == claim
    if claim == "image/svg+xml":
        return found in ("image/svg+xml", "text/xml", "text/plain")
    if is_textual(claim):
        return is_textual(found)
    if claim.partition("/")[0] in ("image", "audio", "video", "font") and found != UNKNOWN:
        return not (found in _EXECUTABLE or found in ("text/html", "image/svg+xml", "application/zip"))
    return True


def _refuse_polyglot(found: str, head: bytes, tail: bytes, name: str) -> None:
    """Content that one program takes for a picture and another for an archive or a page is made to deceive."""
    if found in _RECOGNISED - _EXECUTABLE - {"application/zip"} and _ends_as_zip(tail):
        raise _polyglot(name, found, "a ZIP archive")
    if found.startswith(("image/", "audio/", "video/", "font/")) and found != "image/svg+xml":
        if b"%PDF-" in head[:1024]:
            raise _polyglot(name, found, "a PDF document")
        if _SCRIPT.search(head) or _SCRIPT.search(tail):
            raise _polyglot(name, found, "a page or a script")


def _ends_as_zip(tail: bytes) -> bool:
    at = tail.rfind(_END_OF_ZIP)
    if at < 0 or len(tail) < at + 22:
        return False
    return at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") <= len(tail)


def _polyglot(name: str, found: str, also: str) -> InvalidInput:
    return InvalidInput(
        "polyglot",
        f"“{name}” is {found} and {also} at once; it was not stored.",
        hint="Save the file anew in the program it comes from.",
    )
