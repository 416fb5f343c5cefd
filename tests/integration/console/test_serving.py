"""How the built console is handed out: the page at every address, files for ever, nothing of the API's."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from nacre.surfaces.http.console import Console

SCRIPT = b"console.log('here')\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Nacre</title>")
    (tmp_path / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / ".stamp").write_text("abc")
    return tmp_path


@pytest.fixture
async def visitor(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Console(PlainTextResponse("the API"), folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://nacre") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/projects/shop:try-x/time", "/people", "/.stamp", "/..%2f..%2fetc/passwd"])
async def test_every_address_of_the_console_is_the_page(visitor: httpx.AsyncClient, path: str):
    answer = await visitor.get(path)
    assert answer.status_code == 200
    assert "<title>Nacre" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/api/projects", "/api/nothing", "/mcp", "/healthz", "/p/shop/main/", "/ws/ann/"])
async def test_what_is_not_the_consoles_goes_on(visitor: httpx.AsyncClient, path: str):
    assert (await visitor.get(path)).text == "the API"


async def test_writing_is_never_the_consoles(visitor: httpx.AsyncClient):
    assert (await visitor.post("/projects")).text == "the API"


async def test_the_page_allows_its_own_scripts_only_and_no_frame_around_it(visitor: httpx.AsyncClient):
    headers = (await visitor.get("/")).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"


async def test_files_named_by_their_content_are_kept_for_ever(visitor: httpx.AsyncClient):
    answer = await visitor.get("/assets/index-abc.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == SCRIPT


async def test_the_compressed_file_goes_to_who_takes_it(visitor: httpx.AsyncClient):
    packed = await visitor.get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
    plain = await visitor.get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_what_a_browser_has_is_not_sent_again(visitor: httpx.AsyncClient):
    etag = (await visitor.get("/")).headers["etag"]
    again = await visitor.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_missing_file_is_missing_and_not_the_page(visitor: httpx.AsyncClient):
    assert (await visitor.get("/assets/index-old.js")).status_code == 404


async def test_a_console_that_is_not_built_says_so(tmp_path: Path):
    transport = httpx.ASGITransport(Console(PlainTextResponse("the API"), tmp_path / "nothing"))
    async with httpx.AsyncClient(transport=transport, base_url="http://nacre") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "nacre up" in answer.text
