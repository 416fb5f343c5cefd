"""Pages are fetched from a real server on loopback, which must be allowed; what leads elsewhere is refused."""

import gzip
import ssl
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.integration.knowledge.web import Reply, Web

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.principals import OWNER
from nacre.knowledge.sources.fetching import Fetcher, Gone, Stamp
from nacre.knowledge.sources.item import Item, Memory
from nacre.knowledge.sources.url import Site, Urls
from nacre.llm.elsewhere.certificate import context_of, own


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(autouse=True)
def empty(web: Web) -> None:
    web.replies.clear()
    web.asked.clear()


def fetcher(web: Web, **more: Any) -> Fetcher:
    return Fetcher([web.host], **more)


def refused(web: Web, path: str = "/", **more: Any) -> NacreError:
    with pytest.raises(NacreError) as caught:
        fetcher(web, **more).get(web.url(path))
    return caught.value


def test_nothing_of_this_machine_is_fetched_unless_it_is_allowed(web: Web) -> None:
    web.replies["/"] = Reply(b"secret")
    with pytest.raises(NacreError) as caught:
        Fetcher().get(web.url("/"))
    assert caught.value.code == "private-address" and not web.asked
    assert fetcher(web).get(web.url("/")).body == b"secret"


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "//localhost/x",
        "http://2130706433/",
        "file:///x",
    ],
)
def test_a_redirect_into_the_network_is_not_followed(web: Web, to: str) -> None:
    web.replies["/"] = Reply(status=302, headers={"Location": to})
    assert refused(web).code in ("private-address", "bad-url")


def test_a_name_leads_where_it_was_checked_however_it_is_answered_next(web: Web) -> None:
    web.replies["/"] = Reply(b"here")
    port = web.host.partition(":")[2]
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])
    by_name = Fetcher([f"site.example:{port}"], lambda host, port: next(answers))
    assert by_name.get(f"http://site.example:{port}/").body == b"here"
    assert web.asked[-1][1]["Host"] == f"site.example:{port}"
    turned = Fetcher(resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(NacreError) as caught:
        turned.get("https://site.example/")
    assert caught.value.code == "private-address"


def test_redirects_are_followed_and_counted_and_stamps_are_sent_where_they_belong(web: Web) -> None:
    web.replies |= {"/a": Reply(status=301, headers={"Location": "/b"}), "/b": Reply(b"b", headers={"ETag": '"1"'})}
    page = fetcher(web).get(web.url("/a"))
    assert (page.url, page.body, page.stamp.etag) == (web.url("/b"), b"b", '"1"')
    stamps = {web.url("/b"): Stamp('"1"')}
    assert fetcher(web).get(web.url("/a"), lambda url: stamps.get(url, Stamp())).body is None
    web.replies["/a"] = Reply(status=302, headers={"Location": "/a"})
    assert refused(web, "/a").code == "page-unreachable"


def test_sizes_and_times_are_bounded(web: Web) -> None:
    web.replies |= {
        "/large": Reply(bytes(17 << 20)),
        "/bomb": Reply(gzip.compress(bytes(64 << 20)), headers={"Content-Encoding": "gzip"}),
        "/packed": Reply(gzip.compress(b"small"), headers={"Content-Encoding": "gzip"}),
        "/cut": Reply(b"half", headers={"Content-Length": "100"}),
        "/slow": _drip,
        "/broken": Reply(status=503),
    }
    assert not fetcher(web).get(web.url("/large")).whole
    assert not fetcher(web).get(web.url("/bomb")).whole
    assert fetcher(web).get(web.url("/packed")).body == b"small"
    assert "0.3 s" in refused(web, "/slow", longest_s=0.3).message
    assert refused(web, "/broken").code == "page-refused"
    with pytest.raises(Gone):
        fetcher(web).get(web.url("/absent"))


def test_https_is_bounded_too_and_asks_for_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    certificate = own(tmp_path, "127.0.0.1", system_clock)
    web = Web(context_of(certificate))
    try:
        web.replies |= {"/": Reply(b"safe"), "/slow": _drip}
        url = web.url("/").replace("http:", "https:")
        with pytest.raises(NacreError, match="not trusted"):
            fetcher(web).get(url)
        trusting = partial(ssl.create_default_context, cadata=certificate.chain)
        assert fetcher(web, context=trusting).get(url).body == b"safe"
        with pytest.raises(NacreError, match=r"0\.3 s"):
            fetcher(web, context=trusting, longest_s=0.3).get(url + "slow")
    finally:
        web.close()


def _drip(handler: BaseHTTPRequestHandler) -> None:
    """A letter of a header now and then, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    try:
        while not handler.server._BaseServer__shutdown_request:  # type: ignore[attr-defined]
            handler.wfile.write(b"1")
            handler.connection.settimeout(0.05)
            try:
                handler.connection.recv(1)
                return
            except TimeoutError:
                continue
    except OSError:
        return


def look(web: Web, memory: Memory, **settings: Any) -> dict[str, Item]:
    kind = Urls(fetcher(web), None)
    return {item.name: item for item in kind.items(OWNER, Site(url=web.url("/docs/"), **settings), memory)}


def page(*links: str, title: str = "") -> bytes:
    return f"<head><title>{title}</title></head><h1>{title}</h1>".encode() + b"".join(
        f'<a href="{link}">x</a>'.encode() for link in links
    )


def test_a_site_is_walked_below_its_folder_and_what_is_unchanged_is_not_fetched_again(web: Web) -> None:
    web.replies |= {
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /docs/secret", "text/plain"),
        "/docs/": Reply(page("a", "/elsewhere", "secret", "b.png", title="Start"), headers={"ETag": '"s1"'}),
        "/docs/a": Reply(page("deep/c", title="A"), headers={"ETag": '"a1"'}),
        "/docs/deep/c": Reply(page("../deeper/d"), headers={"Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"}),
        "/docs/b.png": Reply(b"\x89PNG", "image/png"),
        "/sitemap.xml": Reply(f"<urlset><url><loc>{web.url('/docs/lonely')}</loc></url></urlset>".encode(), "text/xml"),
        "/docs/lonely": Reply(b"# Alone", "text/markdown"),
        "/docs/deeper/d": Reply(b"too deep"),
    }
    memory: Memory = {}
    first = look(web, memory, depth=2)
    assert list(first) == ["docs/", "docs/a", "docs/b.png", "docs/lonely", "docs/deep/c"]
    document = first["docs/"].read()
    assert document is not None
    assert (document.content, document.metadata["title"]) == (
        "# Start\n\n[x](a)[x](/elsewhere)[x](secret)[x](b.png)",
        "Start",
    )
    assert document.metadata["url"] == web.url("/docs/") and first["docs/b.png"].read() is None
    web.replies["/docs/a"] = Reply(page("deep/c", "new", title="A, again"), headers={"ETag": '"a2"'})
    web.replies["/docs/new"] = Reply(b"new")
    del web.replies["/docs/lonely"]
    web.asked.clear()
    second = look(web, memory, depth=2)
    assert set(second) == {"docs/", "docs/a", "docs/b.png", "docs/deep/c", "docs/new"}
    changed = {
        name for name, item in second.items() if name not in first or first[name].fingerprint != item.fingerprint
    }
    assert changed == {"docs/a", "docs/new"}
    asked = dict(web.asked)
    assert asked["/docs/"]["If-None-Match"] == '"s1"'
    assert asked["/docs/deep/c"]["If-Modified-Since"] == "Mon, 05 Jan 2026 10:00:00 GMT"
    assert second["docs/"].read() == document


def test_a_page_that_cannot_be_fetched_is_told_at_the_end_and_stays_known(web: Web) -> None:
    web.replies |= {"/docs/": Reply(page("a", "b")), "/docs/a": Reply(b"a"), "/docs/b": Reply(b"b")}
    memory: Memory = {}
    assert len(look(web, memory, depth=1)) == 3
    web.replies["/docs/a"] = Reply(status=500)
    with pytest.raises(NacreError) as caught:
        look(web, memory, depth=1)
    assert "/docs/a is answered with status 500" in caught.value.message
    web.replies["/docs/"] = Reply(page("b"))
    web.replies["/docs/a"] = Reply(b"a")
    assert set(look(web, memory, depth=1)) == {"docs/", "docs/a", "docs/b"}
    web.replies |= {"/docs/": Reply(page(*(f"down/{number}" for number in range(30)))), "/docs/a": Reply(status=500)}
    web.replies |= {f"/docs/down/{number}": Reply(status=500) for number in range(30)}
    with pytest.raises(NacreError):
        look(web, memory, depth=1)
    asked = [path for path, _ in web.asked if "down" in path]
    assert len(asked) < 12
    web.replies["/docs/"] = Reply(status=502)
    with pytest.raises(NacreError):
        look(web, memory, depth=1)
    web.replies["/docs/"] = Reply(page())
    web.replies["/docs/a"] = Reply(b"a")
    assert set(look(web, memory, depth=1)) == {"docs/", "docs/a", "docs/b"}


def test_a_site_that_forbids_it_is_left_alone(web: Web) -> None:
    web.replies |= {"/docs/": Reply(b"x"), "/robots.txt": Reply(b"User-agent: nacre\nDisallow: /", "text/plain")}
    for robots, code in ((web.replies["/robots.txt"], "robots-forbid"), (Reply(status=500), "page-refused")):
        web.replies["/robots.txt"] = robots
        with pytest.raises(NacreError) as caught:
            look(web, {})
        assert caught.value.code == code
    assert [path for path, _ in web.asked] == ["/robots.txt"] * 2
