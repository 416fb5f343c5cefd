"""Which kind of document a file is, by its name and its first bytes."""

from enum import StrEnum
from pathlib import PurePath

from nacre.core.errors import InvalidInput


class Kind(StrEnum):
    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    CSV = "csv"


_BY_SUFFIX = {
    ".html": Kind.HTML, ".htm": Kind.HTML, ".xhtml": Kind.HTML, ".pdf": Kind.PDF, ".docx": Kind.DOCX,
    ".xlsx": Kind.XLSX, ".pptx": Kind.PPTX, ".csv": Kind.CSV, ".tsv": Kind.CSV,
}  # fmt: skip
_STARTS = {Kind.PDF: b"%PDF-"} | dict.fromkeys((Kind.DOCX, Kind.XLSX, Kind.PPTX), b"PK\x03\x04")
_ELSEWHERE = {b"%PDF-": "a PDF", b"PK\x03\x04": "a ZIP archive", b"\xd0\xcf\x11\xe0": "a document of old Office"}


def kind_of(name: str, data: bytes) -> Kind:
    """Whatever has no other name is text: Markdown, source code, notes. Raises InvalidInput "wrong-type"."""
    kind = _BY_SUFFIX.get(PurePath(name.lower()).suffix, Kind.TEXT)
    start = _STARTS.get(kind)
    if start is not None and start not in data[:1024]:
        raise _wrong(name, f"is no {kind.upper()}: it does not begin like one")
    if start is None:
        for beginning, what in _ELSEWHERE.items():
            if data.startswith(beginning):
                raise _wrong(name, f"is {what}, and its name says otherwise")
    return kind


def decoded(name: str, data: bytes) -> str:
    """The text of UTF-8, of UTF-16 with its mark, or of GB 18030. Raises InvalidInput "wrong-type"."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise _wrong(name, "is no text: neither UTF-8, nor UTF-16 with a byte order mark, nor GB 18030")


def _wrong(name: str, why: str) -> InvalidInput:
    return InvalidInput(
        "wrong-type",
        f"“{name}” {why}.",
        hint="Text, Markdown, source code, HTML, PDF, DOCX, XLSX, PPTX and CSV can be read; the name must say which.",
    )
