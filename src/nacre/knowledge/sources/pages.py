"""What a page of the web holds: of which kind it is, its text as UTF-8, its title, and where it leads. Pure.

Links are found by patterns and not by a parser: what is not trusted is parsed in a process of its own only, where the
page becomes text (engines/reading). No pattern goes back over what it has read, whatever a page is made of.
"""

import codecs
import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from nacre.knowledge.sources.addresses import joined

_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/yaml": ".yaml",
}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
_READ = frozenset((*_ENDINGS.values(), ".htm", ".md", ".txt", ".rst", ".adoc"))
_LINK = re.compile(
    rb"""<a\s[^<>]{0,2000}?\bhref\s{0,9}=\s{0,9}(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})'|([^\s"'<>]{1,2000}))""",
    re.IGNORECASE,
)
_BASE = re.compile(rb"""<base\s[^<>]{0,2000}?\bhref\s{0,9}=\s{0,9}["']?([^"'\s<>]{1,2000})""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta\s[^<>]{0,500}?\bcharset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_LOCATION = re.compile(rb"<loc>\s{0,99}([^\s<>]{1,2000})\s{0,99}</loc>")
_IS_SITEMAP = re.compile(rb"<(?:urlset|sitemapindex)[\s>]")
_LOOKED_AT = 4096
_ENCODINGS = frozenset(
    (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u", "tis-620", "mac-roman"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_jp", "euc_kr", "cp949", "shift_jis", "cp932"),
        *(f"iso8859-{number}" for number in range(1, 17)),
        *(f"cp{number}" for number in range(1250, 1259)),
    )
)
"""Of the web (https://encoding.spec.whatwg.org), by Python's names. Others unpack, or take their time."""


def file_name(url: str, kind: str) -> str | None:
    """A name by whose ending the page can be read, by its content type; None: it is no document."""
    path = PurePosixPath(urlsplit(url).path)
    if kind in _UNTOLD:
        return path.name if path.suffix.lower() in _READ else None
    ending = _ENDINGS.get(kind)
    if ending is None and kind.startswith("text/"):
        ending = ".md" if path.suffix.lower() == ".md" else ".txt"
    return None if ending is None else f"{path.stem or 'page'}{ending}"


def is_html(kind: str) -> bool:
    return _ENDINGS.get(kind) == ".html"


def is_text(name: str) -> bool:
    return PurePosixPath(name).suffix not in (".pdf", ".docx", ".xlsx", ".pptx")


def as_utf8(body: bytes, charset: str | None) -> bytes:
    """By the encoding that the answer or, without it, the page itself names; as it is, where that is none."""
    declared = _CHARSET.search(body[:_LOOKED_AT])
    name = charset or (declared[1].decode("ascii", "replace") if declared else "utf-8")
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return body
    return body.decode(known, "replace").encode("utf-8", "replace") if known in _ENCODINGS else body


def title(text: str) -> str | None:
    found = _TITLE.search(text)
    words = " ".join(html.unescape(found[1]).split()) if found else ""
    return words or None


def links(url: str, body: bytes) -> Iterator[str]:
    """Where a page of HTML leads, each once, in its order."""
    base = _BASE.search(body[:_LOOKED_AT])
    start = url if base is None else joined(url, _words(base[1])) or url
    found = (next(filter(None, match.groups())) for match in _LINK.finditer(body))
    yield from dict.fromkeys(filter(None, (joined(start, _words(link)) for link in found)))


def sitemap(body: bytes) -> tuple[bool, list[str]] | None:
    """Whether what it names are sitemaps again, and the addresses; None: it is no sitemap."""
    head = _IS_SITEMAP.search(body[:_LOOKED_AT])
    if head is None:
        return None
    found = (joined("", _words(match[1])) for match in _LOCATION.finditer(body))
    return head[0].startswith(b"<sitemapindex"), list(dict.fromkeys(filter(None, found)))


def _words(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
