"""What a file is by its bytes, whether that is what it claims to be, and what a browser is shown of it."""

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.files.media import check, is_textual, shown_as, sniff

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(64)
GIF = b"GIF89a" + bytes(64)
PDF = b"%PDF-1.7\n1 0 obj\n"
ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
HTML = b"<!doctype html><html><body>hi</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>'


def zip_of(name: str = "a.class") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (PNG, "a", "image/png"), (JPEG, "a", "image/jpeg"), (GIF, "a", "image/gif"), (PDF, "a", "application/pdf"),
        (ELF, "a", "application/x-executable"), (HTML, "a.txt", "text/html"), (SVG, "a", "image/svg+xml"),
        (zip_of(), "a.docx", "application/zip"), (b"a,b\n1,2\n", "a.csv", "text/csv"), (b"plain", "a", "text/plain"),
        (b'{"a": 1}', "a.json", "application/json"), (b"<p>hi", "a.html", "text/plain"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a", "image/webp"),
        (b"\x01\x02\x03\x04", "a", "application/octet-stream"), (b"", "a.txt", "text/plain"),
        ("größe".encode()[:3], "a", "text/plain"), (b"\0\0\0\x18ftypmp42", "a", "video/mp4"),
    ],
)  # fmt: skip
def test_the_bytes_tell_the_type(content, name, found):
    assert sniff(content, name) == found


@pytest.mark.parametrize(
    ("content", "name", "declared"),
    [
        (HTML, "photo.png", "image/png"), (ELF, "photo.jpg", "image/jpeg"), (PNG, "notes.txt", "text/plain"),
        (JPEG, "photo.png", ""), (HTML, "movie", "video/mp4"), (zip_of(), "paper.pdf", "application/pdf"),
        (ELF, "data.json", "application/json"), (PDF, "a.svg", "image/svg+xml"), (HTML, "a.svg", "image/svg+xml"),
        (PNG, "a.zip", "application/zip"), (HTML, "x.bin", "image/x-unheard-of"), (b"plain text", "a.png", ""),
    ],
)  # fmt: skip
def test_what_is_not_what_it_claims_is_refused(content, name, declared):
    with pytest.raises(InvalidInput) as refused:
        check(content, content, name, declared)
    assert refused.value.code == "type-mismatch"


@pytest.mark.parametrize(
    ("content", "name", "declared"),
    [
        (PNG, "photo.png", "image/png"), (JPEG, "photo.jpg", "image/jpg; charset=x"), (zip_of(), "a.docx", ""),
        (zip_of(), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"x = 1\n", "a.py", "text/x-python"), (b"export {}\n", "a.ts", "video/mp2t"), (ELF, "tool", ""),
        (b"\x1f\x8b\x08\0", "a.tar.gz", "application/x-tar"), (b"\x01\x02", "model.bin", "application/octet-stream"),
        (b"", "empty.png", "image/png"), (HTML, "index.html", "text/html"), (SVG, "a.svg", "image/svg+xml"),
        (b"a;b\n", "a.csv", "application/vnd.ms-excel"),
    ],
)  # fmt: skip
def test_what_is_what_it_claims_is_taken(content, name, declared):
    check(content, content, name, declared)


@pytest.mark.parametrize(
    "content",
    [
        GIF + zip_of(), PNG + zip_of(), JPEG + zip_of(), PDF + zip_of(), GIF + b"<script>alert(1)</script>",
        JPEG + b"<?php system($_GET[0]); ?>", GIF[:6] + b"=1;/*" + bytes(30) + b"<HTML >", PNG + b"%PDF-1.4\n",
        b"\xff\xd8\xff\xe0" + b"%PDF-1.7" + bytes(30),
    ],
)  # fmt: skip
def test_two_kinds_at_once_are_refused(content):
    with pytest.raises(InvalidInput) as refused:
        check(content, content[-(1 << 16) :], "a", "")
    assert refused.value.code == "polyglot"


def test_a_zip_with_a_comment_behind_a_picture_is_still_found():
    packed = zip_of()
    packed = packed[:-2] + (7).to_bytes(2, "little") + b"comment"
    with pytest.raises(InvalidInput):
        check(GIF + packed, GIF + packed, "a.gif", "image/gif")


def test_no_page_and_no_script_is_shown_as_such():
    assert shown_as("text/html") == shown_as("image/svg+xml") == "text/plain; charset=utf-8"
    assert shown_as("image/png") == "image/png"
    assert shown_as("application/zip") is None and shown_as("application/octet-stream") is None


@given(st.binary(max_size=300), st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=8))
def test_any_bytes_under_any_name_have_a_type_or_are_refused_in_words(content, suffix):
    kind = sniff(content, f"a.{suffix}")
    assert "/" in kind
    try:
        assert check(content, content, f"a.{suffix}", "") == kind
    except InvalidInput as error:
        assert error.hint
    shown = shown_as(kind)
    assert shown is None or not is_textual(kind) or shown.startswith("text/plain")


def test_a_row_of_comments_does_not_hold_the_daemon_up():
    began = time.monotonic()
    assert sniff(b"<!---->" * 30, "page") == "text/plain"
    assert sniff(b"<!---->" * 30 + b"<html>", "page") == "text/html"
    assert time.monotonic() - began < 1
