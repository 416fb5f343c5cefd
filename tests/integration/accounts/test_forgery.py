"""What a page of another origin makes a browser send, and what a client says of itself: neither gets anybody in."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.integration.accounts.door import Browser, Door, code_of
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from nacre.surfaces.http.access import OverTcp

Make = Callable[..., Browser]
CHANGE = ("PATCH", "/api/account")


def foreign(door: Door) -> list[str]:
    own = door.url
    port = door.settings.port
    return [
        "https://evil.example",
        "null",
        own.replace("http:", "https:"),
        f"http://127.0.0.1:{port + 1}",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"{own}.evil.example",
        f"http://evil.example:{port}",
    ]


def test_a_change_needs_this_very_origin_and_the_token(door: Door, browser: Make) -> None:
    ann = browser("ann")
    assert ann.request(*CHANGE, json={"language": "en"}).status_code == 200
    for origin in foreign(door):
        answer = ann.request(*CHANGE, json={"language": "zh"}, headers={"Origin": origin})
        assert code_of(answer) == "other-site", origin
    for token in ("", "x", ann.csrf[:-1], ann.csrf + "x", browser("bob").csrf):
        answer = ann.request(*CHANGE, json={"language": "zh"}, headers={"X-Nacre-CSRF": token})
        assert code_of(answer) == "bad-csrf-token"
    del ann.client.headers["Origin"]
    assert code_of(ann.request(*CHANGE, json={"language": "zh"})) == "other-site"
    same = {"Sec-Fetch-Site": "same-origin"}
    assert ann.request(*CHANGE, json={"language": "en"}, headers=same).status_code == 200
    for site in ("same-site", "cross-site", "none"):
        answer = ann.request(*CHANGE, json={"language": "zh"}, headers={"Sec-Fetch-Site": site})
        assert code_of(answer) == "other-site", site
    assert ann.session().json()["language"] == "en"


def test_every_method_but_get_needs_the_token(door: Door, browser: Make) -> None:
    ann = browser("ann")
    for operation in door.registry:
        if operation.method != "GET":
            answer = ann.client.request(operation.method, operation.path.replace("{", "").replace("}", ""))
            assert code_of(answer) == "bad-csrf-token", operation.name


def test_a_foreign_page_reads_nothing_with_the_cookie(door: Door, browser: Make) -> None:
    ann = browser("ann")
    del ann.client.headers["Origin"]
    for site in ("cross-site", "same-site"):
        answer = ann.client.get("/api/session", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"})
        assert code_of(answer) == "other-site"
    for origin in foreign(door):
        answer = ann.client.get("/api/session", headers={"Origin": origin})
        assert code_of(answer) == "other-site"
        assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_page_can_neither_sign_in_nor_use_up_a_link(door: Door, browser: Make) -> None:
    browser("ann")
    link = door.call("person.reset-link", name="ann")["url"].partition("=")[2]
    for origin in foreign(door):
        stranger = browser(Origin=origin)
        assert code_of(stranger.sign_in("ann")) == "other-site"
        answer = stranger.client.post("/api/sign-in/link", json={"link": link, "password": "of the attacker"})
        assert code_of(answer) == "other-site"
    assert browser().client.post("/api/sign-in/link/show", json={"link": link}).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"X-Nacre-Person": "root"},
        {"X-Nacre-Principal": "owner:owner"},
        {"X-Nacre-Role": "owner"},
        {"X-Forwarded-User": "root"},
        {"Remote-User": "root"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Original-URL": "/healthz"},
        {"Forwarded": "for=unix;proto=https;host=nacre"},
        {"Host": "nacre"},
        {"Authorization": "Basic cm9vdDpyb290"},
        {"Authorization": "Bearer"},
    ],
    ids=str,
)
def test_nobody_becomes_somebody_by_saying_so(door: Door, said: dict[str, str]) -> None:
    for path in ("/api/account", "/api/session", "/api/people", "//api/people", "/api/../api/people", "/mcp"):
        answer = httpx.get(door.url + path, headers=said)
        assert answer.status_code in (401, 404), (path, answer.text)


def test_a_header_neither_raises_a_person_nor_moves_them(door: Door, browser: Make) -> None:
    ann = browser("ann")
    said = {"X-Nacre-Person": "root", "X-Nacre-Role": "admin", "X-Forwarded-User": "root"}
    assert ann.client.get("/api/account", headers=said).json()["name"] == "ann"
    assert ann.client.get("/api/audit", headers=said).status_code == 403


def test_smuggled_and_repeated_headers_are_no_way_in(door: Door, browser: Make) -> None:
    ann = browser("ann")
    cookie = f"nacre-session={ann.client.cookies['nacre-session']}"
    two_origins: list[tuple[str, str]] = [
        ("Cookie", cookie), ("X-Nacre-CSRF", ann.csrf), ("Origin", "https://evil.example"), ("Origin", door.url)
    ]  # fmt: skip
    answer = httpx.patch(f"{door.url}/api/account", headers=two_origins, json={"language": "zh"})
    assert answer.status_code in (400, 403)
    for value in (f"{cookie}x", "nacre-session=", f"__Host-{cookie}", "nacre-session=a; nacre-session=b"):
        answer = httpx.get(f"{door.url}/api/session", headers={"Cookie": value})
        assert answer.status_code == 401, value


def test_a_websocket_needs_this_very_origin(door: Door, browser: Make) -> None:
    ann = browser("ann")
    cookie = f"nacre-session={ann.client.cookies['nacre-session']}"
    token = ann.call(door, "token.create", name="bot").json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert handshake(door, door.url, {"Cookie": cookie}) is None
    assert handshake(door, None, bearer) is None, "programs say no origin, and show a token"
    for origin in foreign(door):
        assert handshake(door, origin, {"Cookie": cookie}) == "other-site", origin
        assert handshake(door, origin, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}) == "other-site"
        assert handshake(door, origin, bearer) == "other-site"
    assert handshake(door, None, {"Cookie": cookie}) == "other-site"
    assert handshake(door, door.url, {}) == "no-token"
    assert handshake(door, door.url, {"Cookie": "nacre-session=x"}) == "session-over"


def test_a_websocket_that_is_turned_away_is_closed_before_it_opens(door: Door) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{door.settings.port}/api/any"):
        pass
    assert refused.value.response.status_code == 403


def handshake(door: Door, origin: str | None, headers: dict[str, str]) -> str | None:
    """The code that a WebSocket's request is turned away with, or None when it gets to the app behind."""
    sent: list[Message] = []
    reached: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    said = {"Host": f"127.0.0.1:{door.settings.port}", **({"Origin": origin} if origin else {}), **headers}
    scope: Scope = {
        "type": "websocket",
        "path": "/api/any",
        "scheme": "ws",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in said.items()],
    }
    asyncio.run(OverTcp(app, door)(scope, receive, send))
    if reached:
        assert reached[0]["principal"].person == "ann"
        return None
    return str(sent[0]["reason"])
