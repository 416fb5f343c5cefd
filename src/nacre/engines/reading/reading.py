"""Reads a file as Markdown. What needs a parser is read by inside.py, in a process with limits and without rights."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nacre.core.errors import InvalidInput
from nacre.engines.reading.kinds import Kind, decoded, kind_of

LONGEST_S = 120
MANY = "many"
"""Instead of a kind, tells inside.py that there will be more than one document."""

PAGE_BREAK = "\f"
"""Stands between the pages of a PDF, and between slides."""


@dataclass(frozen=True)
class Read:
    kind: Kind
    text: str


Parse = Callable[[Kind, bytes], bytes]
"""What inside.py answers about a document; nothing if it ran out of memory or of time. Raises TimeoutError."""


def read(name: str, data: bytes, account: tuple[int, int] | None, parse: Parse | None = None) -> Read:
    """`account` is the uid and gid that parsers run as, None for those of this process. Whoever reads many hands in
    `parse`, which parsers.py has.

    Raises InvalidInput "wrong-type", "document-broken", "document-encrypted", "document-too-large", "empty-document".
    """
    kind = kind_of(name, data)
    parse = parse or partial(_by_itself, account)
    match kind:
        case Kind.TEXT:
            text = decoded(name, data)
        case Kind.CSV:
            text = _table(decoded(name, data))
        case Kind.HTML:
            text = _parsed(name, kind, decoded(name, data).encode(), parse)
        case Kind.PDF | Kind.DOCX | Kind.XLSX | Kind.PPTX:
            text = _parsed(name, kind, data, parse)
    if not text.strip():
        raise InvalidInput(
            "empty-document",
            f"“{name}” holds no text.",
            hint="Scanned pages are pictures of text: have them recognised first (OCR)." if kind == Kind.PDF else "",
        )
    return Read(kind, text)


def argv(kind: str, account: tuple[int, int] | None) -> list[str]:
    """The process starts as this one's user, and becomes the account once it found its modules."""
    becomes = [f"{account[0]}:{account[1]}"] if account else []
    return [sys.executable, "-P", "-m", "nacre.engines.reading.inside", kind, *becomes]


def _parsed(name: str, kind: Kind, data: bytes, parse: Parse) -> str:
    try:
        said = parse(kind, data)
    except TimeoutError:
        raise _refused(name, "document-too-large", f"takes longer than {LONGEST_S} s to be read") from None
    if not said:
        raise _refused(name, "document-too-large", "takes more memory or time to be read than a document may")
    answer = json.loads(said)
    if "error" in answer:
        raise _refused(name, answer["error"], answer["why"])
    return str(answer["text"])


def _by_itself(account: tuple[int, int] | None, kind: Kind, data: bytes) -> bytes:
    try:
        done = subprocess.run(argv(kind, account), input=data, capture_output=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return done.stdout if done.returncode == 0 else b""


def _table(text: str) -> str:
    """A row a line, so that none is torn apart; the first names the columns."""
    try:
        dialect = csv.Sniffer().sniff(text[:4096], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = csv.reader(io.StringIO(text), dialect)
    heads = next(rows, [])
    return "\n\n".join(
        "; ".join(f"{head}: {cell}" for head, cell in zip(heads, row, strict=False) if cell.strip()) for row in rows
    )


def _refused(name: str, code: str, why: str) -> InvalidInput:
    hints = {
        "document-encrypted": "Save it without a password.",
        "document-too-large": "Split it.",
        "document-broken": "Open it in the program that it is of, and save it anew.",
    }
    return InvalidInput(code, f"“{name}” {why}.", hint=hints[code])
