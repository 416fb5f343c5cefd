"""Names for new files: nothing that climbs, hides or means something else elsewhere gets through, in any encoding."""

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.engines.files.paths import LONGEST_NAME_BYTES
from nacre.files.names import beside, new_path

CLIMBING = [
    "..", "../x", "a/../b", "a/..", "/../etc/passwd", "..\\x", "a\\..\\b", "%2e%2e/x", "%2e%2e%2fetc", "..%2fx",
    "%252e%252e%252fx", "%25252e%25252e%25252fx", "%2E%2E%5Cx", "%c0%ae%c0%ae/x", "..%c0%afx",
    "%e0%80%ae%e0%80%ae%2fx",
    "．．/x", "．．／x", "..∕x", "..⁄x", "%u002e%u002e%u002fx", "%uff0e%uff0e/x", ".. /x", "a/.. ", "‥/x",
]  # fmt: skip
HIDING = ["a\nb", "a\rb", "a\tb", "a\0b", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "photo\u202egpj.exe", "a\u200bb",
          "a\u2066b", "\ufeffa", "a\ud800b"]  # fmt: skip
RESERVED = ["con", "NUL", "aux.c", "com1", "LPT9.txt", "CONIN$", "com¹"]
FINE = ["a", "a/b/c.txt", "src/[...slug].tsx", "[[...all]].js", "a..b", "über.txt",
        "名前.txt", "a b.txt", ".gitignore", "100%.txt", "a%20b", "con_air.txt", "console",
        "👩‍👩‍👧.png", "a&b;c|d$e`f'g\"h"]  # fmt: skip


@pytest.mark.parametrize("path", CLIMBING, ids=ascii)
def test_what_climbs_in_any_encoding_is_refused(path):
    with pytest.raises(InvalidInput):
        new_path(path)


@pytest.mark.parametrize("path", HIDING + RESERVED, ids=ascii)
def test_what_hides_or_is_reserved_is_refused(path):
    for where in (path, f"folder/{path}", f"{path}/file"):
        with pytest.raises(InvalidInput):
            new_path(where)


@pytest.mark.parametrize(
    "path", ["", "/", ".", "./.", "a" * 256, "é" * 128, "a/" * 2000 + "a", " a", "a ", "a."], ids=ascii
)
def test_what_is_nothing_or_too_long_or_lost_on_the_way_is_refused(path):
    with pytest.raises(InvalidInput):
        new_path(path)


@pytest.mark.parametrize("path", FINE, ids=ascii)
def test_what_people_really_write_is_taken(path):
    assert new_path(path) == unicodedata.normalize("NFC", path)


def test_names_are_brought_into_one_form():
    assert new_path("u\u0308ber//./x") == "über/x"


@given(st.text(max_size=60))
@example("%2e%2e%2f")
def test_whatever_gets_through_stays_below_and_can_be_written(text):
    try:
        path = new_path(text)
    except InvalidInput:
        return
    parts = path.split("/")
    assert parts and all(part not in ("", ".", "..") for part in parts)
    assert all(len(part.encode()) <= LONGEST_NAME_BYTES for part in parts)
    assert "\\" not in path
    assert not {unicodedata.category(letter) for letter in path} & {"Cc", "Cs", "Zl", "Zp"}
    assert new_path(path) == path


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.integers(1, 4))
def test_a_step_upwards_is_refused_however_often_it_is_encoded(name, times):
    path = "../" + name
    for _ in range(times):
        path = quote(path, safe="").replace(".", "%2e")
    with pytest.raises(InvalidInput):
        new_path(path)


@pytest.mark.parametrize(
    ("name", "next_to_it"),
    [("photo.jpg", "photo (2).jpg"), ("a.tar.gz", "a (2).tar.gz"), (".env", ".env (2)"), ("Makefile", "Makefile (2)")],
)
def test_a_file_kept_beside_another_keeps_its_kind(name, next_to_it):
    assert beside(name, 2) == next_to_it
