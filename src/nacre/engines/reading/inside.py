"""The process that parses one document: `python -m nacre.engines.reading.inside KIND [UID:GID]`, bytes in, JSON out.

Its memory and time are limited, it cannot write files, and it has the rights of the account: parsers are large, and
documents come from anywhere. With `many` for the kind, it loads all parsers once and parses nothing itself: it is sent
sockets, each with a kind, and forks a process for each, which alone sees what comes by that socket.
"""

import encodings
import gc
import io
import json
import os
import signal
import socket
import subprocess  # noqa: F401  (pypdf wants it, late)
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import ModuleType
from typing import BinaryIO

import bs4
import mammoth
import markdownify
import openpyxl
import pypdf

from nacre.core.confinement import confine, load_all
from nacre.engines.reading.markup import markdown
from nacre.engines.reading.reading import LONGEST_S, MANY
from nacre.engines.reading.refused import Refused
from nacre.engines.reading.slides import PRESENTATION, slides

_MEMORY_BYTES = 2 << 30
_CPU_S = 100
_LONGEST_KIND = 20
_UNPACKED_BYTES = 300 << 20
_MOST_PACKED = 200
"""An archive that unpacks to more than so many times its size is a bomb, once it is past a few megabytes."""


def main(argv: list[str]) -> int:
    account = argv[1] if len(argv) > 1 else None
    if argv[0] == MANY:
        return fork_for_each(account)
    for package in (encodings, *PACKAGES[argv[0]]):
        load_all(package)
    return parse(argv[0], account, sys.stdin.buffer, sys.stdout.buffer)


def fork_for_each(account: str | None) -> int:
    """Until the socket that is standard input ends."""
    for package in {package for each in PACKAGES.values() for package in (encodings, *each)}:
        load_all(package)
    gc.freeze()
    with socket.socket(fileno=0) as asked:
        while True:
            kind, sockets, _, _ = socket.recv_fds(asked, _LONGEST_KIND, 1)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not kind:
                return 0
            if os.fork() == 0:
                asked.close()
                signal.alarm(LONGEST_S)
                with os.fdopen(sockets[0], "rb") as came, os.fdopen(os.dup(sockets[0]), "wb") as goes:
                    done = parse(kind.decode(), account, came, goes)
                os._exit(done)
            os.close(sockets[0])


def parse(kind: str, account: str | None, came: BinaryIO, goes: BinaryIO) -> int:
    confine(account, _MEMORY_BYTES, _CPU_S)
    try:
        answer = {"text": PARSERS[kind](came.read())}
    except Refused as refused:
        answer = {"error": refused.code, "why": str(refused)}
    except MemoryError:
        return 1
    except RecursionError:
        answer = {"error": "document-broken", "why": "is nested too deeply"}
    except Exception as error:  # parsers raise whatever they please
        answer = {"error": "document-broken", "why": f"cannot be read: {type(error).__name__}: {str(error)[:200]}"}
    goes.write(json.dumps(answer).encode())
    return 0


def pdf(data: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("document-encrypted", "is encrypted, and opens with a password only")
    return "\f".join(page.extract_text().replace("\f", "\n") for page in reader.pages)


def html(data: bytes) -> str:
    return markdown(data.decode())


def docx(data: bytes) -> str:
    _check_archive(data, "word/document.xml", "DOCX")
    return markdown(mammoth.convert_to_html(io.BytesIO(data), convert_image=lambda image: []).value)


def xlsx(data: bytes) -> str:
    _check_archive(data, "xl/workbook.xml", "XLSX")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = ((sheet.title, _rows(sheet.iter_rows(values_only=True))) for sheet in book)
    return "\n\n".join("\n\n".join((f"# {title}", *rows)) for title, rows in sheets)


def pptx(data: bytes) -> str:
    _check_archive(data, PRESENTATION, "PPTX")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\f".join(slides(archive))


PACKAGES: dict[str, tuple[ModuleType, ...]] = {
    "pdf": (pypdf,),
    "html": (bs4, markdownify),
    "docx": (mammoth, bs4, markdownify),
    "xlsx": (openpyxl,),
    "pptx": (),
}
PARSERS: dict[str, Callable[[bytes], str]] = {"pdf": pdf, "html": html, "docx": docx, "xlsx": xlsx, "pptx": pptx}


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    heads = next(rows, ())
    for row in rows:
        cells = [f"{head}: {cell}" for head, cell in zip(heads, row, strict=False) if cell is not None]
        if cells:
            yield "; ".join(cells)


def _check_archive(data: bytes, needed: str, kind: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        with suppress(KeyError):
            archive.getinfo(needed)
            if unpacked > _UNPACKED_BYTES or (unpacked > 8 << 20 and unpacked > _MOST_PACKED * len(data)):
                raise Refused("document-too-large", f"unpacks to {unpacked >> 20} MB")
            return
    raise Refused("document-broken", f"is no {kind}, though it is an archive")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
