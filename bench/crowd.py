"""A crowd behind the gateway: signed-in people who poll, WebSockets that stay open, workspaces that come and go.

Promise: 200 people and 50 WebSockets for a minute, and not one error, not one dropped socket. Everybody signs in for
themselves, asks the API and a preview in turn, once a second each; the sockets go to the preview's program and echo.
"""

import argparse
import asyncio
import ssl
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from bench.gateway import sign_in

PATH = "/p/shop/main/"
# Answers every request with a short page; after an upgrade every byte is sent back.
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
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nShop")
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


@dataclass
class Seen:
    """What the crowd met with; `latencies_s` of the answers."""

    latencies_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    echoes: int = 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=200)
    arguments.add_argument("--sockets", type=int, default=50)
    arguments.add_argument("--quick", action="store_true", help="20 people, 5 sockets, some seconds")
    given = arguments.parse_args()
    people, sockets, seconds = (20, 5, 8) if given.quick else (given.people, given.sockets, 60)
    results = Results("crowd", f"{people} people and {sockets} WebSockets while workspaces start and stop")
    with home_on("plain") as home:
        content = free_port()
        with running(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content)) as nacre:
            origins = Origins.of(nacre, content)
            admin = open_shop(nacre, origins)
            cookies = [admin, *everybody(nacre, origins, people - 1)]
            seen = asyncio.run(crowd(nacre, origins, cookies, sockets, seconds))
    results.note("requests answered", len(seen.latencies_s))
    results.note("echoes over WebSockets", seen.echoes)
    for error in [*seen.errors, *seen.dropped][:10]:
        results.note("went wrong", error)
    results.add("errors", len(seen.errors), "", 0)
    results.add("dropped WebSockets", len(seen.dropped), "", 0)
    results.add("p95 of an answer", statistics.quantiles(seen.latencies_s, n=20)[-1] * 1000, "ms")
    results.keep()


@dataclass(frozen=True)
class Origins:
    console: int
    content: int
    root: Path

    @classmethod
    def of(cls, nacre: Nacre, content: int) -> "Origins":
        return cls(int(nacre.environment["NACRE_PORT"]), content, nacre.home / "root.crt")

    @property
    def preview(self) -> str:
        return f"https://localhost:{self.content}{PATH}"

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.root)


@dataclass(frozen=True)
class Cookies:
    """Of one person's browser, for each of the two origins."""

    console: str
    content: str


def open_shop(nacre: Nacre, origins: Origins) -> Cookies:
    """The first person's project with its preview running, and a branch whose workspace can come and go."""
    nacre.call("project", "create", "shop")
    nacre.call("branch", "create", "shop", "other")
    files = Path(nacre.call("project", "show", "shop")["files_path"])
    (files / "program.py").write_text(PROGRAM)
    (files / "nacre.toml").write_text('[dev]\nrun = "python3 program.py"\n')
    with browser(origins) as opened:
        sign_in(opened, nacre)
        return look(opened, origins)


def everybody(nacre: Nacre, origins: Origins, count: int) -> Iterator[Cookies]:
    """That many more people, each invited, with a password of their own, and signed in."""
    for number in range(count):
        link = str(nacre.call("person", "invite", f"person-{number}", "--role", "admin")["link"]["url"])
        with browser(origins) as opened:
            said = {"link": link.partition("#link=")[2], "password": f"the sentence of person {number}"}
            console = f"https://localhost:{origins.console}"
            opened.post(f"{console}/api/sign-in/link", json=said).raise_for_status()
            yield look(opened, origins)


def browser(origins: Origins) -> httpx.Client:
    return httpx.Client(verify=origins.trusting(), follow_redirects=True, timeout=60)


def look(opened: httpx.Client, origins: Origins) -> Cookies:
    """Open the preview, which hands the sign-in over to the content's origin."""
    while opened.get(origins.preview, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}).text != "Shop":
        time.sleep(0.2)
    return Cookies(opened.cookies["__Host-nacre-session"], opened.cookies["__Host-nacre-content"])


async def crowd(nacre: Nacre, origins: Origins, cookies: list[Cookies], sockets: int, seconds: int) -> Seen:
    seen, until = Seen(), asyncio.get_running_loop().time() + seconds
    trusting = origins.trusting()
    watching = [keep_open(origins, cookies[number % len(cookies)], trusting, until, seen) for number in range(sockets)]
    polling = [poll(origins, one, trusting, until, seen) for one in cookies]
    await asyncio.gather(*watching, *polling, come_and_go(nacre, until))
    return seen


async def poll(origins: Origins, cookies: Cookies, trusting: ssl.SSLContext, until: float, seen: Seen) -> None:
    loop = asyncio.get_running_loop()
    asked = (
        (f"https://localhost:{origins.console}/api/session", f"__Host-nacre-session={cookies.console}"),
        (origins.preview, f"__Host-nacre-content={cookies.content}"),
    )
    async with httpx.AsyncClient(verify=trusting, timeout=30) as client:
        while loop.time() < until:
            for url, cookie in asked:
                began = loop.time()
                try:
                    answer = await client.get(url, headers={"Cookie": cookie})
                    if answer.status_code != 200:
                        seen.errors.append(f"{url}: {answer.status_code} {answer.text[:200]}")
                except httpx.HTTPError as error:
                    seen.errors.append(f"{url}: {type(error).__name__} {error}")
                seen.latencies_s.append(loop.time() - began)
            await asyncio.sleep(max(0, 1 - (loop.time() - began)))


async def keep_open(origins: Origins, cookies: Cookies, trusting: ssl.SSLContext, until: float, seen: Seen) -> None:
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", origins.content, ssl=trusting, server_hostname="localhost"
    )
    lines = (
        f"GET {PATH}live HTTP/1.1",
        f"Host: localhost:{origins.content}",
        f"Origin: https://localhost:{origins.content}",
        f"Cookie: __Host-nacre-content={cookies.content}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            seen.dropped.append(f"not opened: {head[:200]!r}")
            return
        while loop.time() < until:
            writer.write(b"still there?")
            async with asyncio.timeout(30):
                await reader.readexactly(12)
            seen.echoes += 1
            await asyncio.sleep(0.5)
    except (OSError, EOFError, TimeoutError) as error:
        seen.dropped.append(f"{type(error).__name__} {error}")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def come_and_go(nacre: Nacre, until: float) -> None:
    """Start and stop another workspace, over and over."""
    while asyncio.get_running_loop().time() < until:
        for verb in ("start", "stop"):
            await asyncio.to_thread(nacre.call, "workspace", verb, "shop:other")


if __name__ == "__main__":
    main()
