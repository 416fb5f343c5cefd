"""Publishes good and broken releases in turn while visitors go on asking, and counts what those lost: nothing at all.

Twenty publishes, at least 200 requests a second over kept connections and fresh ones, WebSockets that each stay open
for some seconds and echo. Every third release ends as it starts; it must be refused, and the one before must serve on.
"""

import argparse
import asyncio
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from bench.publish import call
from nacre.core.errors import NacreError

VISITORS = 24
SOCKETS = 10
_EACH_S = 0.08
_SOCKET_S = 6.0
# Answers every request with the number of the release; after an upgrade every byte is sent back.
PROGRAM = """
import asyncio, os

NUMBER = b"%d"

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
            length = b"Content-Length: %%d\\r\\n\\r\\n" %% len(NUMBER)
            writer.write(b"HTTP/1.1 200 OK\\r\\n" + length + NUMBER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()

async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"])) as server:
        await server.serve_forever()

asyncio.run(main())
"""
BROKEN = "raise SystemExit('this release is broken')\n"


@dataclass
class Seen:
    """What visitors met with. `served` are the numbers of the releases that answered."""

    answers: int = 0
    echoes: int = 0
    served: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="four publishes")
    publishes = 4 if arguments.parse_args().quick else 20
    results = Results("publish_under_load", f"{publishes} publishes, good and broken, under constant load")
    with home_on("plain") as home:
        content = free_port()
        with running(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content)) as nacre:
            nacre.call("project", "create", "shop")
            files = Path(nacre.call("project", "show", "shop")["files_path"])
            (files / "nacre.toml").write_text('[publish]\nruntime = "python"\nstart = "python app.py"\n')
            (files / "app.py").write_text(PROGRAM % 0)
            call(nacre, "app.publish", ref="shop")
            seen, live, seconds = asyncio.run(_under_load(nacre, files, content, publishes))
    results.note("releases that became live", live)
    results.note("releases that visitors saw", len(seen.served))
    results.note("echoes over WebSockets", seen.echoes)
    for wrong in [*seen.failed, *seen.dropped][:10]:
        results.note("went wrong", wrong)
    results.add("requests a second", seen.answers / seconds, "/s", 200, at_least=True)
    results.add("failed requests", len(seen.failed), "", 0)
    results.add("dropped WebSockets", len(seen.dropped), "", 0)
    results.keep()


async def _under_load(nacre: Nacre, files: Path, content: int, publishes: int) -> tuple[Seen, int, float]:
    seen, over = Seen(), asyncio.Event()
    trusting = ssl.create_default_context(cafile=nacre.home / "root.crt")
    visits = [asyncio.create_task(_visit(seen, over, content, trusting)) for _ in range(VISITORS)]
    sockets = [asyncio.create_task(_keep_a_socket(seen, over, content, trusting)) for _ in range(SOCKETS)]
    began = time.perf_counter()
    live = 0
    for number in range(1, publishes + 1):
        (files / "app.py").write_text(BROKEN if number % 3 == 0 else PROGRAM % number)
        try:
            await asyncio.to_thread(call, nacre, "app.publish", ref="shop")
            live += 1
        except NacreError as error:
            if number % 3:
                seen.failed.append(f"publish {number}: {error.message}")
    over.set()
    await asyncio.gather(*visits, *sockets)
    return seen, live, time.perf_counter() - began


async def _visit(seen: Seen, over: asyncio.Event, port: int, trusting: ssl.SSLContext) -> None:
    """Ask again and again, fifty times over one connection, then over a fresh one."""
    request = b"GET /apps/shop/ HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port
    while not over.is_set():
        reader, writer = await asyncio.open_connection("localhost", port, ssl=trusting)
        for _ in range(50):
            if over.is_set():
                break
            began = time.perf_counter()
            try:
                writer.write(request)
                status, body = await asyncio.wait_for(_answer(reader), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                seen.failed.append(f"a request: {error!r}")
                break
            if status == 200:
                seen.answers += 1
                seen.served.add(body.decode())
            else:
                seen.failed.append(f"a request: {status} {body[:80]!r}")
            await asyncio.sleep(max(0.0, _EACH_S - (time.perf_counter() - began)))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(int(line.partition(":")[2]) for line in head.split("\r\n") if line.startswith("content-length:"))
    return int(head.split()[1]), await reader.readexactly(length)


async def _keep_a_socket(seen: Seen, over: asyncio.Event, port: int, trusting: ssl.SSLContext) -> None:
    """Open a WebSocket, have it echo for some seconds, close it, open another one."""
    request = (
        f"GET /apps/shop/ HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcHNob3BzaG9wc2hvcA==\r\n\r\n"
    )
    while not over.is_set():
        reader, writer = await asyncio.open_connection("localhost", port, ssl=trusting)
        try:
            writer.write(request.encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            if b" 101 " not in head:
                seen.dropped.append(f"no upgrade: {head[:60]!r}")
                continue
            until = time.perf_counter() + _SOCKET_S
            while time.perf_counter() < until and not over.is_set():
                writer.write(b"ping")
                assert await asyncio.wait_for(reader.readexactly(4), 30) == b"ping"
                seen.echoes += 1
                await asyncio.sleep(0.2)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            seen.dropped.append(f"a WebSocket: {error!r}")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


if __name__ == "__main__":
    main()
