"""A preview in somebody's workspace, through the gateway: what its program sees, and what stays open."""

from contextlib import closing

import httpx
import pytest
from tests.integration.gateway.conftest import NAVIGATES, sign_in
from tests.integration.gateway.wire import connect

# Answers with the head of each request; after an upgrade every byte is sent back.
PROGRAM = """
import asyncio, os

async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            if b"upgrade: websocket" in head.lower():
                writer.write(b"HTTP/1.1 101 Now\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
                while data := await reader.read(4096):
                    writer.write(data)
                    await writer.drain()
                return
            extra = b"Set-Cookie: __Host-nacre-content=mine; Secure; Path=/\\r\\nSet-Cookie: own=kept\\r\\n"
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n%s\\r\\n%s" % (len(head), extra, head))
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()

async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"])) as server:
        await server.serve_forever()

asyncio.run(main())
"""
PATH = "/p/shop/main/"


@pytest.fixture(scope="module")
def shop(gated) -> None:
    gated.call("project.create", name="shop")
    (gated.files("shop") / "program.py").write_text(PROGRAM)
    (gated.files("shop") / "nacre.toml").write_text('[dev]\nrun = "python3 program.py"\n')


@pytest.fixture
def visitor(gated, browser, ada, shop) -> httpx.Client:
    """Ada's browser, once the preview answers in it."""
    sign_in(browser, ada)
    url = f"https://localhost:{gated.settings.content_port}{PATH}"
    for _ in range(20):  # each waits for it some seconds
        answer = browser.get(url, headers=NAVIGATES, follow_redirects=True)
        if answer.text.startswith("GET "):
            return browser
    raise AssertionError(answer.text)


def test_a_program_sees_who_looks_but_not_what_they_are_let_in_by(gated, visitor):
    forged = {"X-Nacre-Person": "owner", "Cookie": "; ".join(f"{name}={it}" for name, it in visitor.cookies.items())}
    url = f"https://localhost:{gated.settings.content_port}{PATH}a?b=c"
    answer = visitor.get(url, headers={**NAVIGATES, **forged})
    head = answer.text.lower()
    assert "x-nacre-person: ada" in head and "owner" not in head
    assert "__host-nacre" not in head
    assert "x-forwarded-proto: https" in head and "x-forwarded-for: 127.0.0.1" in head
    assert "get /a?b=c http/1.1" in head and f"x-forwarded-prefix: {PATH[:-1]}" in head
    assert "mine" not in str(answer.headers) and "own=kept" in str(answer.headers)


def test_what_is_there_may_be_seen_by_members_only(gated, visitor):
    with closing(connect(gated, gated.settings.content_port)) as wire:
        wire.sendall(upgrade(gated, "x", f"https://localhost:{gated.settings.content_port}"))
        assert wire.recv(4096).startswith(b"HTTP/1.1 401")


def test_a_websocket_from_another_origin_is_refused(gated, visitor):
    cookie = visitor.cookies["__Host-nacre-content"]
    for origin in ("https://evil.example", f"https://localhost:{gated.settings.port}", "null"):
        with closing(connect(gated, gated.settings.content_port)) as wire:
            wire.sendall(upgrade(gated, cookie, origin))
            assert wire.recv(4096).startswith(b"HTTP/1.1 403"), origin


def test_an_open_websocket_outlives_the_daemon_and_new_requests_wait_for_the_next(gated, visitor):
    cookie, port = visitor.cookies["__Host-nacre-content"], gated.settings.content_port
    with closing(connect(gated, port)) as wire:
        wire.sendall(upgrade(gated, cookie, f"https://localhost:{port}"))
        assert wire.recv(4096).startswith(b"HTTP/1.1 101")
        gated.kill()
        wire.sendall(b"still there?")
        assert wire.recv(4096) == b"still there?"
        gated.up()
        wire.sendall(b"and now?")
        assert wire.recv(4096) == b"and now?"
    assert visitor.get(f"https://localhost:{port}{PATH}", headers=NAVIGATES).text.startswith("GET ")


def upgrade(house, cookie: str, origin: str) -> bytes:
    lines = (
        f"GET {PATH}live HTTP/1.1",
        f"Host: localhost:{house.settings.content_port}",
        f"Cookie: __Host-nacre-content={cookie}",
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join([*lines, "", ""]).encode()
