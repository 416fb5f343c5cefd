"""People's content and its visitors try to be somebody else; nothing of it gets through a real Caddy."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.integration.gateway.upstream import Upstream, published
from tests.integration.gateway.wire import connect, send


@pytest.fixture(scope="module")
def app(gated) -> Iterator[Upstream]:
    with published(gated, "shop") as upstream:
        yield upstream


@pytest.fixture
def port(gated) -> int:
    return int(gated.settings.content_port)


@pytest.mark.parametrize(
    "forged",
    ["X-Nacre-Person: owner", "x-nacre-role: admin", "X_Nacre_Person: owner", "X-Nacre_Person: owner",
     "X-Forwarded-User: owner", "X_Forwarded_For: 192.0.2.1", "Forwarded: for=192.0.2.1", "X-Real-IP: 192.0.2.1",
     "Remote-User: owner", "X-Remote-User: owner", "X-Webauth-User: owner", "X-Authenticated-User: owner"],
)  # fmt: skip
def test_nobody_says_who_they_are_themselves(gated, app, port, forged):
    answer = send(gated, port, "GET /apps/shop/ HTTP/1.1", forged)
    assert answer.startswith("HTTP/1.1 200"), answer
    assert app.header(forged.partition(":")[0].replace("_", "-")) in ([], ["127.0.0.1"])
    assert "owner" not in app.seen[-1]


def test_where_a_request_comes_from_is_the_gateways_to_say(gated, app, port):
    send(gated, port, "GET /apps/shop/ HTTP/1.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http",
         "X-Forwarded-Host: evil.example", "X-Forwarded-For: 192.0.2.2")  # fmt: skip
    assert app.header("x-forwarded-for") == ["127.0.0.1"]
    assert app.header("x-forwarded-proto") == ["https"]
    assert app.header("x-forwarded-host") == [f"localhost:{port}"]


def test_nobody_has_dropped_what_the_gateway_says(gated, app, port):
    named = "x-forwarded-prefix, X-Request-Id, keep-alive"
    send(gated, port, "GET /apps/shop/ HTTP/1.1", f"Connection: {named}", "Connection: X-Forwarded-Prefix")
    assert app.header("x-forwarded-prefix") == ["/apps/shop"] and len(app.header("x-request-id")) == 1


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("__Host-nacre-session=s; theme=dark", ["theme=dark"]),
        ("theme=dark; __Host-nacre-content=s", ["theme=dark; "]),
        ("a=1;__Host-nacre-content=s;b=2", ["a=1;b=2"]),
        ('a="; __Host-nacre-content=s; b="', ['a="; b="']),
        ("__Host-nacre-content=s", [""]),
        ("nacre-session=s; __Host-nacre-content=s;  __Host-nacre-handoff = s", [""]),
    ],
)
def test_platform_cookies_are_not_forwarded(gated, app, port, sent, left):
    send(gated, port, "GET /apps/shop/ HTTP/1.1", f"Cookie: {sent}")
    assert [value.strip() for value in app.header("cookie")] == [value.strip() for value in left]


def test_a_token_sent_to_content_by_mistake_is_not_forwarded_but_the_apps_own_is(gated, app, port):
    send(gated, port, "GET /apps/shop/ HTTP/1.1", "Authorization: Bearer nacre_secret")
    assert "nacre_secret" not in app.seen[-1]
    send(gated, port, "GET /apps/shop/ HTTP/1.1", "Authorization: Bearer own")
    assert app.header("authorization") == ["Bearer own"]


def test_each_of_several_cookie_headers_is_cleaned(gated, app, port):
    send(gated, port, "GET /apps/shop/ HTTP/1.1", "Cookie: a=1", "Cookie: __Host-nacre-content=s; b=2")
    assert "nacre" not in app.seen[-1] and "b=2" in app.seen[-1]


def test_content_cannot_set_platform_cookies_or_speak_for_the_origin(gated, app, port):
    app.headers[:] = [
        "Set-Cookie: __Host-nacre-content=mine; Secure; Path=/",
        "set-cookie: __Host-nacre-session=mine; Secure; Path=/",
        "Set-Cookie: nacre-session=mine",
        "Set-Cookie: =__Host-nacre-session=mine; Secure; Path=/",
        "Set-Cookie: own=kept",
        "Set-Cookie: =nameless, too",
        'NEL: {"report_to": "evil", "max_age": 1, "success_fraction": 1}',
        'Report-To: {"group": "evil", "max_age": 1, "endpoints": [{"url": "https://evil.example"}]}',
        "Service-Worker-Allowed: /",
        'Clear-Site-Data: "*"',
        "Strict-Transport-Security: max-age=1",
        "Alt-Svc: h3=evil.example:443",
    ]
    try:
        answer = send(gated, port, "GET /apps/shop/ HTTP/1.1")
    finally:
        app.headers.clear()
    assert "mine" not in answer and "evil" not in answer
    assert "Set-Cookie: own=kept" in answer and "Set-Cookie: =nameless, too" in answer
    for name in ("Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security"):
        assert name not in answer


@pytest.mark.parametrize(
    "framing",
    [
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: +5",),
        ("Content-Length: 5 5",),
        ("Content-Length: -1",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding : chunked",),
        ("X-Nacre-Person : owner",),
        ("X-A: b\rX-Nacre-Person: owner",),
        ("X-A: b\0c",),
        ("X A: b",),
        (": b",),
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_not_forwarded(gated, app, port, framing):
    before = len(app.seen)
    answer = send(gated, port, "POST /apps/shop/ HTTP/1.1", *framing, body="hello")
    assert answer[9:12] in {"400", "501"}, answer
    assert len(app.seen) == before


def test_of_two_framings_the_one_that_counts_is_forwarded_alone(gated, app, port):
    smuggled = "0\r\n\r\nGET /apps/shop/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    before = len(app.seen)
    answer = send(gated, port, "POST /apps/shop/ HTTP/1.1", f"Content-Length: {len(smuggled)}",
                  "Transfer-Encoding: chunked", body=smuggled)  # fmt: skip
    assert answer.count("HTTP/1.1 ") == 1
    assert [head.split()[1] for head in app.seen[before:]] in (["/"], [])
    if len(app.seen) > before:
        assert not (app.header("content-length") and app.header("transfer-encoding"))


def test_a_folded_header_is_one_header(gated, app, port):
    answer = send(gated, port, "GET /apps/shop/ HTTP/1.1", "X-A: b\r\n X-Nacre-Person: owner")
    assert answer[9:12] == "400" or app.header("x-nacre-person") == []


@pytest.mark.parametrize(
    "target",
    ["/apps/../api/status", "/apps/%2e%2e/api/status", "/apps/shop%2f..%2f..%2fgateway.sock", "/apps/..%2fgateway.sock",
     "/apps/../../gateway.sock/x", "/apps//shop/", "/apps/Shop/", "/apps/shop\\x/", "/apps/%73hop%00/"],
)  # fmt: skip
def test_no_path_reaches_another_socket(gated, app, port, target):
    before = len(app.seen)
    answer = send(gated, port, f"GET {target} HTTP/1.1", "Accept: text/html")
    assert answer[9:12] in {"400", "404", "200"}, answer
    assert "pid" not in answer
    if answer[9:12] == "200":
        assert len(app.seen) == before + 1


def test_an_app_that_is_not_published_has_a_page_in_ones_own_language(gated, port, app):
    assert "There is no such app" in send(gated, port, "GET /apps/other/ HTTP/1.1")
    assert (
        "没有这个应用"
        in send(gated, port, "GET /apps/other/ HTTP/1.1", "Accept-Language: zh-CN").encode("latin-1").decode()
    )


def test_an_open_websocket_outlives_the_daemon(gated, app, port):
    with closing(connect(gated, port)) as wire:
        wire.sendall(
            f"GET /apps/shop/live HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert wire.recv(4096).startswith(b"HTTP/1.1 101")
        gated.kill()
        wire.sendall(b"still there?")
        assert wire.recv(4096) == b"still there?"
        gated.up()
        wire.sendall(b"and now?")
        assert wire.recv(4096) == b"and now?"
