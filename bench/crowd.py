"""Two hundred signed-in people polling and fifty open terminals, while workspaces start and stop.

Promises: no request fails, no socket is dropped. The peer is the same crowd's poll while nothing starts or stops.
"""

import argparse
import asyncio
import ssl
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets

from bench._nacre import free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.surfaces.client import Client, over_socket
from nacre.surfaces.verbs import read_manifest

PASSWORD = "one of two hundred"
POLLED = ("/api/session", "/api/projects", "/api/projects/shop", "/api/projects/shop/log")
POLL_EVERY_S = 3.0
TYPE_EVERY_S = 1.0
TYPISTS, TERMINALS_EACH, SOCKETS_EACH = 5, 2, 5
COMING_AND_GOING = 3


@dataclass
class Seen:
    """What the crowd met: how long each poll took, what failed, which sockets fell."""

    polls_s: list[float] = field(default_factory=list)
    echoes_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    starts: int = 0


class Nacre:
    """One daemon behind its gateway: called as the owner over its socket, visited by people through TLS."""

    def __init__(self, home: Path, port: int) -> None:
        self._client: Client = over_socket(home / "run" / "nacre.sock")
        self._verbs = read_manifest()
        self.origin = f"https://localhost:{port}"
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE

    def call(self, operation: str, **arguments: Any) -> Any:
        return self._client.call(self._verbs[operation], arguments)

    def visitor(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.origin, verify=self.tls, timeout=30, headers={"Origin": self.origin}, **more
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=200)
    arguments.add_argument("--seconds", type=float, default=60)
    given = arguments.parse_args()
    results = Results("crowd", "a crowd of people at once, through the gateway")
    port = free_port()
    settings = {"MODE": "full", "CONSOLE": "false", "PORT": str(port), "CONTENT_PORT": str(free_port())}
    with home_on("plain") as home, running(home, **settings):
        asyncio.run(crowd(Nacre(home, port), results, given.people, given.seconds))
    results.keep()


async def crowd(nacre: Nacre, results: Results, people: int, seconds: float) -> None:
    await asyncio.to_thread(nacre.call, "project.create", name="shop")
    names = [f"p{number}" for number in range(people)]
    began = time.monotonic()
    cookies = [await signed_in(nacre, name) for name in names]
    results.note("people signed in, seconds for all", time.monotonic() - began)

    quiet = Seen()
    await asyncio.gather(*(polling(nacre, cookie, seconds / 4, quiet) for cookie in cookies))
    busy = Seen()
    typists = dict(zip(names[:TYPISTS], cookies[:TYPISTS], strict=True))
    sockets = [
        typing(nacre, cookie, f"{name}-{terminal}", seconds, busy)
        for name, cookie in typists.items()
        for terminal in range(TERMINALS_EACH)
        for _ in range(SOCKETS_EACH)
    ]
    comers = names[TYPISTS : TYPISTS + COMING_AND_GOING]
    await asyncio.gather(
        *(polling(nacre, cookie, seconds, busy) for cookie in cookies),
        *sockets,
        *(coming_and_going(nacre, name, seconds, busy) for name in comers),
    )
    tell(results, quiet, busy, len(sockets))


def tell(results: Results, quiet: Seen, busy: Seen, sockets: int) -> None:
    results.note("polls answered", len(busy.polls_s))
    results.note("sockets open", sockets)
    results.note("workspaces started and stopped", busy.starts)
    results.note("a key's echo in a terminal, p95, ms", percentile(busy.echoes_s, 95) * 1000)
    for trouble in [*quiet.failures, *busy.failures, *busy.dropped][:10]:
        results.note("trouble", trouble)
    results.add("requests that failed", len(quiet.failures) + len(busy.failures), "", 0)
    results.add("sockets that were dropped", len(busy.dropped), "", 0)
    results.add("a poll, p95, nothing starting or stopping", percentile(quiet.polls_s, 95) * 1000, "ms")
    results.add("a poll, p95, workspaces starting and stopping", percentile(busy.polls_s, 95) * 1000, "ms")
    results.add("the second ÷ the first", percentile(busy.polls_s, 95) / percentile(quiet.polls_s, 95), "")


async def signed_in(nacre: Nacre, name: str) -> str:
    """Invite a person, follow the invitation as they would, and return the session's cookie."""
    invited = await asyncio.to_thread(nacre.call, "person.invite", name=name, role="user")
    await asyncio.to_thread(nacre.call, "member.set", ref="shop", name=name, role="user")
    link = str(invited["link"]["url"]).partition("#link=")[2]
    async with nacre.visitor() as client:
        answer = await client.post("/api/sign-in/link", json={"link": link, "password": PASSWORD})
        answer.raise_for_status()
        return "; ".join(f"{key}={value}" for key, value in client.cookies.items())


async def polling(nacre: Nacre, cookie: str, seconds: float, seen: Seen) -> None:
    """What an open console asks now and then."""
    until = time.monotonic() + seconds
    async with nacre.visitor(cookies={}) as client:
        await asyncio.sleep(POLL_EVERY_S * (hash(cookie) % 100) / 100)  # people do not all look at the same instant
        while time.monotonic() < until:
            for path in POLLED:
                await poll(client, path, cookie, seen)
            await asyncio.sleep(POLL_EVERY_S)


async def poll(client: httpx.AsyncClient, path: str, cookie: str, seen: Seen) -> None:
    began = time.monotonic()
    try:
        answer = await client.get(path, headers={"Cookie": cookie})
    except httpx.HTTPError as error:
        seen.failures.append(f"{path}: {error!r}")
        return
    seen.polls_s.append(time.monotonic() - began)
    if answer.status_code != 200:
        seen.failures.append(f"{path}: {answer.status_code} {answer.text[:200]}")


async def typing(nacre: Nacre, cookie: str, terminal: str, seconds: float, seen: Seen) -> None:
    """Hold one socket open all the time and type into it; a letter that does not come back counts as a lost socket."""
    url = f"{nacre.origin.replace('https', 'wss')}/api/projects/shop/terminals/{terminal}/socket"
    until = time.monotonic() + seconds
    origin = websockets.Origin(nacre.origin)
    try:
        async with websockets.connect(
            url, ssl=nacre.tls, additional_headers={"Cookie": cookie}, origin=origin
        ) as socket:
            while time.monotonic() < until:
                began = time.monotonic()
                await socket.send(b"x")
                await next_bytes(socket)
                seen.echoes_s.append(time.monotonic() - began)
                await asyncio.sleep(TYPE_EVERY_S)
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        seen.dropped.append(f"{terminal}: {error!r}")


async def next_bytes(socket: websockets.ClientConnection) -> bytes:
    async with asyncio.timeout(20):
        while True:
            frame = await socket.recv()
            if isinstance(frame, bytes):
                return frame


async def coming_and_going(nacre: Nacre, name: str, seconds: float, seen: Seen) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.to_thread(nacre.call, "workspace.start", ref="shop", person=name)
        await asyncio.to_thread(nacre.call, "workspace.stop", ref="shop", person=name)
        seen.starts += 1


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
