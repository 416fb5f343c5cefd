"""Previews as browsers reach them: through Caddy, signed in, woken by the request, changing while one looks."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.applications import STATIC, VITE, lay_out
from tests.daemon import House, house_on
from tests.integration.gateway.conftest import client, trust
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

NAVIGATES = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
LOADS = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
PASSWORD = "a long enough sentence"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy", NACRE_MODE="full", NACRE_CONSOLE="false") as house:
        yield house


@pytest.fixture(scope="module")
def ada(house) -> Iterator[httpx.Client]:
    """The browser of the first person, signed in on both origins."""
    with signed_in(house, house.call("account.link")["url"], "ada") as browser:
        yield browser


@pytest.fixture(scope="module")
def vera(house) -> Iterator[httpx.Client]:
    """The browser of somebody who is not a member of anything yet."""
    with signed_in(house, house.call("person.invite", name="vera")["link"]["url"], "vera") as browser:
        yield browser


@contextmanager
def signed_in(house: House, link: str, person: str) -> Iterator[httpx.Client]:
    with client(house, house.settings.port, headers={"Accept-Language": "en"}) as browser:
        asked = {"link": link.partition("#link=")[2], "password": PASSWORD, "person": person}
        entered = browser.post("/api/sign-in/link", json=asked)
        assert entered.status_code == 200, entered.text
        yield browser


def at(house: House, path: str) -> str:
    return f"https://localhost:{house.settings.content_port}{path}"


def look(house: House, browser: httpx.Client, path: str) -> httpx.Response:
    """Open a page, by way of the hand-over of the sign-in if need be."""
    return browser.get(at(house, path), headers=NAVIGATES, follow_redirects=True)


def test_a_change_of_a_file_reaches_the_browser_by_the_socket_of_hot_reload(house, ada):
    house.call("project.create", name="hot")
    files = lay_out(VITE, house.files("hot"))
    assert "node_modules is missing: npm install" in look(house, ada, "/p/hot/main/").text
    (files / "nacre.toml").write_text('[dev]\ninstall = "npm install --no-audit --no-fund"\n')
    page = until_shown(house, ada, "/p/hot/main/", "/p/hot/main/src/main.js")
    assert 'src="/p/hot/main/@vite/client"' in page
    greeting = ada.get(at(house, "/p/hot/main/src/greeting.js"), headers=LOADS)
    assert "Hello from Vite" in greeting.text
    token = re.search(r'wsToken = "([^"]+)"', ada.get(at(house, "/p/hot/main/@vite/client"), headers=LOADS).text)
    assert token is not None
    with connect(
        f"wss://localhost:{house.settings.content_port}/p/hot/main/?token={token[1]}",
        ssl=trust(house),
        subprotocols=[Subprotocol("vite-hmr")],
        origin=Origin(at(house, "")),
        additional_headers={"Cookie": f"__Host-nacre-content={ada.cookies['__Host-nacre-content']}"},
    ) as socket:
        assert json.loads(socket.recv(timeout=20)) == {"type": "connected"}
        (files / "src" / "greeting.js").write_text("export const greeting = 'Changed'\n")
        assert "/src/greeting.js" in said(socket, "update")
    # By another address it is asked as by its own: it knows only one base.
    again = ada.get(at(house, "/ws/ada/src/greeting.js?import"), headers=LOADS)
    assert (again.status_code, "Changed" in again.text) == (200, True)


def test_what_a_person_runs_now_is_at_their_own_address(house, ada):
    house.call("project.create", name="mine")
    lay_out(STATIC, house.files("mine"))
    until_shown(house, ada, "/p/mine/main/", "Hello from a page")
    page = look(house, ada, "/ws/ada/")
    assert (page.url.path, page.status_code) == ("/p/mine/main/", 200)
    old = ada.get(at(house, "/ws/ada/"), headers={"Accept": "text/html"})
    assert old.headers["location"] == "/p/mine/main/", "browsers that do not say what they do are led there, too"
    assert ada.get(at(house, "/ws/ada/style.css"), headers=LOADS).text == STATIC["style.css"]


async def test_a_crash_shows_its_last_words_and_a_mended_file_the_page(house, ada, until):
    house.call("project.create", name="oven")
    files = lay_out(
        {"nacre.toml": '[dev]\nrun = "sh run"\n', "run": "echo the oven is cold; exit 3\n"}, house.files("oven")
    )
    page = until_shown(house, ada, "/p/oven/main/", "the oven is cold")
    assert "It ended with an error" in page
    (files / "run").write_text("exec python3 -m http.server --bind 127.0.0.1 $PORT\n")
    until_shown(house, ada, "/p/oven/main/", "Directory listing")
    (files / "nacre.toml").write_text("[dev]\nport = 1\n")
    await until(lambda: house.call("preview.status", ref="oven")["state"] == "refused", 30)
    until_shown(house, ada, "/p/oven/main/", "“[dev] port” is wrong")


def test_a_request_wakes_a_workspace_that_sleeps(house, ada):
    house.call("project.create", name="asleep")
    lay_out(STATIC, house.files("asleep"))
    until_shown(house, ada, "/p/asleep/main/", "Hello from a page")
    house.call("workspace.stop", ref="asleep", person="ada")
    until_shown(house, ada, "/p/asleep/main/", "Hello from a page")


def test_who_may_only_look_sees_what_runs_and_starts_nothing(house, ada, vera):
    house.call("project.create", name="shown")
    lay_out(STATIC, house.files("shown"))
    for path in ("/p/shown/main/", "/p/nowhere/main/", "/ws/ada/", "/ws/nobody/"):
        assert look(house, vera, path).status_code == 403
    house.call("member.set", ref="shown", name="vera", role="viewer")
    assert "Nothing runs here" in look(house, vera, "/p/shown/main/").text
    until_shown(house, ada, "/p/shown/main/", "Hello from a page")
    assert "Hello from a page" in look(house, vera, "/p/shown/main/").text
    assert "Hello from a page" in look(house, vera, "/ws/ada/").text
    house.call("preview.stop", ref="shown")
    assert "Nothing runs here" in look(house, vera, "/p/shown/main/").text
    assert house.call("preview.status", ref="shown")["state"] == "stopped"
    house.call("member.set", ref="shown", name="vera", role="user")
    until_shown(house, vera, "/p/shown/main/", "Hello from a page")
    assert house.call("preview.status", ref="shown")["person"] == "vera"


def test_a_stranger_sees_nothing(house, ada):
    with client(house, house.settings.port) as stranger:
        assert stranger.get(at(house, "/p/mine/main/"), headers=LOADS).status_code == 401
    assert "Nothing runs here" in look(house, ada, "/p/nowhere/main/").text


def until_shown(house: House, browser: httpx.Client, path: str, words: str) -> str:
    """The page once it holds these words; it is looked at again as the page itself would."""
    for _ in range(40):
        page = look(house, browser, path)
        if words in page.text:
            return page.text
        assert 'http-equiv="refresh"' in page.text, page.text
    raise AssertionError(f"{path} never said {words!r}: {page.text}")


def said(socket, kind: str) -> str:
    """The next message of this kind."""
    while True:
        message = socket.recv(timeout=20)
        if json.loads(message)["type"] == kind:
            return str(message)
