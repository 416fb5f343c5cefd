"""Files of every kind become Markdown; what is broken, locked or hostile is refused with the reason."""

import io
import os
import zipfile
from collections.abc import Callable

import openpyxl
import pypdf
import pytest

from nacre.core.errors import NacreError
from nacre.engines.processes.users import find
from nacre.engines.reading.reading import read

PAGE = b"BT /F1 12 Tf 40 100 Td (%s) Tj ET"
DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Leave</w:t></w:r></w:p>'
    "<w:p><w:r><w:t>Twenty-five days.</w:t></w:r></w:p></w:body></w:document>"
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
HOSTILE = "<h1>Title</h1><script>steal()</script><style>p{}</style><p onclick='x()'>Text <b>here</b></p><li>one</li>"


def account() -> tuple[int, int] | None:
    """As the daemon has it: nobody in particular where it is root."""
    nobody = find("nobody")
    return (nobody.uid, nobody.gid) if nobody is not None and os.geteuid() == 0 else None


def pdf(*pages: str, password: str = "") -> bytes:
    writer = pypdf.PdfWriter()
    for text in pages:
        page = writer.add_blank_page(300, 200)
        font = pypdf.generic.DictionaryObject(
            {
                pypdf.generic.NameObject("/Type"): pypdf.generic.NameObject("/Font"),
                pypdf.generic.NameObject("/Subtype"): pypdf.generic.NameObject("/Type1"),
                pypdf.generic.NameObject("/BaseFont"): pypdf.generic.NameObject("/Helvetica"),
            }
        )
        fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F1"): font})
        page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
            {pypdf.generic.NameObject("/Font"): fonts}
        )
        stream = pypdf.generic.DecodedStreamObject()
        stream.set_data(PAGE % text.encode())
        page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def archive(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name.replace("__", "/"), text)
    return written.getvalue()


def docx(document: str = DOCUMENT) -> bytes:
    return archive(**{"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document})


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    for row in (("what", "euros"), ("anchor", 40), ("sail", None)):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("a.md", lambda: "# Höhe\r\n\r\nText".encode(), "# Höhe\n\nText"),
        ("a.txt", lambda: "数据库".encode("gb18030"), "数据库"),
        ("a.py", lambda: "x = 'é'".encode("utf-16"), "x = 'é'"),
        ("a.csv", lambda: b"what;euros\nanchor;40\nsail;\n", "what: anchor; euros: 40\n\nwhat: sail"),
        ("a.html", lambda: HOSTILE.encode(), "# Title\n\nText **here**\n\n- one"),
        ("a.pdf", lambda: pdf("first page", "second page"), "first page\fsecond page"),
        ("a.docx", docx, "# Leave\n\nTwenty-five days."),
        ("a.xlsx", xlsx, "# Prices\n\nwhat: anchor; euros: 40\n\nwhat: sail"),
    ],
)
def test_a_file_is_read_as_markdown(name: str, make: Callable[[], bytes], expected: str) -> None:
    assert read(name, make(), account()).text.strip() == expected


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("a.pdf", lambda: b"not a pdf", "wrong-type"),
        ("a.txt", lambda: pdf("x"), "wrong-type"),
        ("a.txt", lambda: b"\x00\x01\x02\xff", "wrong-type"),
        ("a.pdf", lambda: b"%PDF-1.7\ngarbage", "document-broken"),
        ("a.pdf", lambda: pdf("x", password="secret"), "document-encrypted"),
        ("a.pdf", lambda: pdf(""), "empty-document"),
        ("a.docx", lambda: archive(**{"other.xml": "<x/>"}), "document-broken"),
        ("a.docx", lambda: docx(DOCUMENT.replace("days.", "9" * (20 << 20))), "document-too-large"),
        ("a.html", lambda: b"<div>" * 20_000, "document-broken"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(name: str, make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(NacreError) as caught:
        read(name, make(), account())
    assert caught.value.code == code, caught.value.message
