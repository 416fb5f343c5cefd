"""Files of every kind become Markdown; what is broken, locked or hostile is refused with the reason."""

import io
import os
import resource
import zipfile
from collections.abc import Callable

import openpyxl
import pypdf
import pytest

from nacre.core.errors import NacreError
from nacre.engines.processes.users import find
from nacre.engines.reading.parsers import Parsers
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
DRAWN = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
SLIDE_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HTML_BYTES = 16 << 20
HOSTILE = (
    "<nav>x</nav><h1>Title</h1><script>steal()</script><style>p</style><p onclick='x'>Text <b>here</b></p><li>one</li>"
)


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


def relations(**targets: str) -> str:
    """`targets` are the marks of parts, each with "KIND PATH"."""
    found = ((mark, *target.split(" ")) for mark, target in targets.items())
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'.format(
            "".join(
                f'<Relationship Id="{mark}" Type="{SLIDE_KINDS}/{kind}" Target="{to}"/>' for mark, kind, to in found
            )
        )
    )


def shape(*paragraphs: str, kind: str = "body") -> str:
    said = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)
    return f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>{said}</p:txBody></p:sp>'


def table(*rows: tuple[str, ...]) -> str:
    cells = (
        "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row)
        for row in rows
    )
    made = "".join(f"<a:tr>{row}</a:tr>" for row in cells)
    return (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{made}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


def pptx(*, begins: str = "", body: str = "from stock") -> bytes:
    """Three slides: the first in the order is the second file, with notes, a group and a table; one is a picture."""
    first = (
        shape("Prices", kind="title")
        + f"<p:grpSp>{shape('Anchors', body)}</p:grpSp>"
        + table(("what", "euros"), ("anchor", "40"))
        + shape("7", kind="sldNum")
    )
    pages = {"1": shape("Thanks"), "2": first, "3": ""}
    slides = {
        f"ppt/slides/slide{n}.xml": f"{begins}<p:sld {DRAWN}><p:cSld><p:spTree>{page}</p:spTree></p:cSld></p:sld>"
        for n, page in pages.items()
    }
    notes = f"<p:notes {DRAWN}><p:cSld><p:spTree>{shape('Ask for the discount.')}</p:spTree></p:cSld></p:notes>"
    order = "".join(f'<p:sldId id="{n}" r:id="s{n}"/>' for n in "231")
    return archive(
        **slides,
        **{
            "ppt/presentation.xml": f"<p:presentation {DRAWN}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(**{f"s{n}": f"slide slides/slide{n}.xml" for n in "123"}),
            "ppt/slides/_rels/slide2.xml.rels": relations(n="notesSlide ../notesSlides/notesSlide1.xml"),
            "ppt/notesSlides/notesSlide1.xml": notes,
        },
    )


ENTITIES = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
READ_SLIDES = (
    "# Slide 1: Prices\n\nAnchors\n\nfrom stock\n\nwhat: anchor; euros: 40\n\nNotes:\n\nAsk for the discount."
    "\f\f# Slide 3\n\nThanks"
)


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
        ("a.pptx", pptx, READ_SLIDES),
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
        ("a.pptx", lambda: pptx(begins=ENTITIES, body="&b;"), "document-broken"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(name: str, make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(NacreError) as caught:
        read(name, make(), account())
    assert caught.value.code == code, caught.value.message


@pytest.mark.parametrize(
    "piece", ["<div>", "<li><p>x", "<a", "<a ", "</", "<?", "<!", "<!--", "<![CDATA[", "<a b='"], ids=repr
)
def test_hostile_html_of_16_mb_is_refused_within_seconds(piece: str) -> None:
    data = (piece * (HTML_BYTES // len(piece))).encode()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(NacreError) as caught:
        read("a.html", data, account())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert caught.value.code in ("document-broken", "document-too-large"), caught.value.message
    assert after.ru_utime - before.ru_utime < 10


def test_many_are_read_by_one_process_as_each_is_by_itself() -> None:
    parsers = Parsers(account())
    for _ in range(2):
        assert read("a.pdf", pdf("one", "two"), None, parsers.parse).text == "one\ftwo"
        assert read("a.html", HOSTILE.encode(), None, parsers.parse) == read("a.html", HOSTILE.encode(), account())
    with pytest.raises(NacreError) as refused:
        read("a.pdf", pdf("one", password="secret"), None, parsers.parse)
    assert refused.value.code == "document-encrypted"
    parsers.close()
    assert read("a.pdf", pdf("again"), None, parsers.parse).text == "again", "one that is started anew"
    parsers.close()
