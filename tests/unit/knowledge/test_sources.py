"""What sources decide without asking anybody: where an address may lead, what robots.txt says, which files match."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.knowledge.sources import pages
from nacre.knowledge.sources.addresses import joined, place_of, reachable, resolve, tidy
from nacre.knowledge.sources.matching import Matching, check_patterns, is_binary
from nacre.knowledge.sources.project import may_work_in
from nacre.knowledge.sources.robots import read_robots
from nacre.knowledge.sources.sources import _slug

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["192.168.0.1"], ["172.20.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"],
        ["::1"], ["::"], ["::ffff:127.0.0.1"], ["::ffff:169.254.169.254"], ["fd00::1"], ["fe80::1%eth0"],
        ["fec0::1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["2001:0:4136::1"], ["198.51.100.7"], ["224.0.0.1"],
        [PUBLIC, "127.0.0.1"], ["203.0.113.9"], ["no address"],
    ],
)  # fmt: skip
def test_a_name_that_leads_into_this_machine_or_its_network_is_not_followed(addresses: Sequence[str]) -> None:
    place = place_of("https://example.org/")
    with pytest.raises(NacreError) as caught:
        reachable(place, lambda host, port: addresses, ["203.0.113.9"], frozenset())
    assert caught.value.code == "private-address"
    assert reachable(place, lambda host, port: addresses, [], frozenset({"example.org"})) == addresses


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::ffff:7f00:1]", "0"])
def test_however_loopback_is_written_it_is_found_out_by_resolving_it(host: str) -> None:
    with pytest.raises(NacreError) as caught:
        reachable(place_of(f"http://{host}/"), resolve, [], frozenset())
    assert caught.value.code == "private-address"


def test_a_public_address_may_be_reached() -> None:
    assert reachable(place_of("https://example.org/"), lambda host, port: [PUBLIC], [], frozenset()) == [PUBLIC]


@pytest.mark.parametrize(
    ("url", "tidied"),
    [
        ("HTTPS://Example.ORG:443/a b#top", "https://example.org/a%20b"),
        ("http://example.org", "http://example.org/"),
        ("http://bücher.example:8080/ä?q=1 2", "http://xn--bcher-kva.example:8080/%C3%A4?q=1%202"),
        ("http://[::1]:80/x", "http://[::1]/x"),
    ],
)
def test_each_address_has_one_way_to_be_written(url: str, tidied: str) -> None:
    assert tidy(url) == tidied == tidy(tidied)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "/etc/passwd", "http://", "http://a:b@example.org/", "http://x:99999/", "http://a..b/"],
)
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(NacreError) as caught:
        tidy(url)
    assert caught.value.code == "bad-url"


@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_link_on_a_page_is_an_address_or_none(path: str, link: str) -> None:
    found = joined("https://example.org/" + path, link)
    assert found is None or found == tidy(found)


ROBOTS = """
User-agent: other
Disallow: /

User-agent: *
Allow: /private/open
Disallow: /private
Disallow: /*.zip$
Crawl-delay: 99
Sitemap: https://example.org/map.xml
"""


def test_robots_txt_is_read_as_the_standard_has_it() -> None:
    robots = read_robots(ROBOTS)
    allowed = [
        one for one in ("/", "/private/x", "/private/open/x", "/a.zip", "/a.zipped", "/x/a.zip") if robots.allow(one)
    ]
    assert allowed == ["/", "/private/open/x", "/a.zipped"]
    assert (robots.delay_s, robots.sitemaps) == (10.0, ("https://example.org/map.xml",))
    own = read_robots("User-agent: *\nUser-agent: nacre\nDisallow: /%61b\nAllow: /a*c\n")
    assert not own.allow("/ab") and own.allow("/abc") and not own.allow("/abd")
    assert read_robots("").allow("/x") and read_robots("User-agent: *\nDisallow:").allow("/x")


@settings(max_examples=100)
@given(st.text(alphabet="a/*$.", max_size=12), st.text(alphabet="a/.", max_size=12))
def test_a_pattern_of_robots_txt_fits_as_a_regular_expression_would(pattern: str, path: str) -> None:
    import re

    bare = pattern.removesuffix("$")
    expression = ".*".join(map(re.escape, bare.split("*"))) + ("$" if pattern.endswith("$") else "")
    forbidden = bool(pattern) and re.match(expression, "/" + path) is not None
    assert read_robots(f"User-agent: *\nDisallow: {pattern}").allow("/" + path) is not forbidden


PAGE = b"""<html><head><base href="https://example.org/docs/"><title>A &amp; B</title></head><body>
<a class=x href="one">1</a><A HREF='two?x=1&amp;y=2#part'>2</A><a href=/three>3</a><a href="one#again">1</a>
<a href="mailto:a@example.org">m</a><a href="javascript:alert(1)">j</a><area href="four"><a name="here">"""


def test_links_of_a_page_are_found_in_their_order() -> None:
    below = "https://example.org/docs/"
    found = list(pages.links("https://example.org/elsewhere", PAGE))
    assert found == [f"{below}one", f"{below}two?x=1&y=2", "https://example.org/three"]
    assert pages.title(PAGE.decode()) == "A & B"


def test_hostile_pages_are_read_through_in_no_time() -> None:
    began = time.process_time()
    for piece in (b"<a ", b"<a href ", b"<a href=", b"<loc> ", b'<a x="', b"<base href", b"<meta charset "):
        page = piece * (1 << 17)
        list(pages.links("https://example.org/", page))
        pages.sitemap(b"<urlset>" + page)
        pages.as_utf8(page[:65536], None)
    assert time.process_time() - began < 10


def test_a_page_becomes_utf_8_by_what_it_says_of_itself() -> None:
    german = '<meta http-equiv="x" content="text/html; charset=iso-8859-1">Grüße'
    assert "Grüße" in pages.as_utf8(german.encode("latin-1"), None).decode()
    assert pages.as_utf8("数据".encode("gbk"), "gbk").decode() == "数据"
    for odd in ("rot13", "zlib", "punycode", "no-such"):
        assert pages.as_utf8(b"plain", odd) == b"plain"


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://a.org/", "text/html", "page.html"),
        ("https://a.org/x.php", "text/html", "x.html"),
        ("https://a.org/x.pdf", "application/octet-stream", "x.pdf"),
        ("https://a.org/x.md", "text/plain", "x.md"),
        ("https://a.org/x.bin", "application/octet-stream", None),
        ("https://a.org/x.html", "image/png", None),
    ],
)
def test_the_content_type_decides_what_a_page_is(url: str, kind: str, name: str | None) -> None:
    assert pages.file_name(url, kind) == name


def test_a_source_is_called_after_what_it_is() -> None:
    names = {text: _slug(text) for text in ("Hand Book", "2024-plans", "shop:try-2", "www.example.org", "数据")}
    assert [*names.values()] == ["hand-book", "plans", "shop-try-2", "www-example-org", "source"]


def test_whoever_is_no_user_of_a_project_has_nothing_of_it_read() -> None:
    ann = Principal(
        Kind.PERSON, "ann", Role.USER, members_only=True, memberships={"shop": Role.USER, "lab": Role.VIEWER}
    )
    may_work_in(ann, Ref("shop", "try"))
    for who, ref in ((ann, Ref("lab")), (ann, Ref("other")), (replace(ann, branch=Ref("shop")), Ref("shop", "try"))):
        with pytest.raises(NacreError):
            may_work_in(who, ref)


def test_files_match_as_in_a_gitignore_and_pictures_are_no_documents() -> None:
    matching = Matching(["*.md", "docs/**/*.txt", "!drafts/**"])
    paths = ["a.md", "b/c.md", "docs/x/y.txt", "y.txt", "drafts/z.md", "a.py"]
    assert [path for path in paths if matching.takes(path)] == ["a.md", "b/c.md", "docs/x/y.txt"]
    assert Matching([]).takes("anything")
    assert is_binary(b"\x89PNG\r\n\0\0") and not is_binary("é".encode("utf-16")) and not is_binary(b"%PDF-1.7\0")
    for wrong in (["#"], ["a\nb"], ["!a"], [""]):
        with pytest.raises(NacreError):
            check_patterns(wrong)
