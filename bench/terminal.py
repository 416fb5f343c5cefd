"""What a terminal in the browser costs: from a key to its echo, and from nothing to a prompt.

Promises: echo p95 ≤ 30 ms at the WebSocket; a workspace, cold, to a shell prompt ≤ 0.5 s. `--mode full` goes through
the gateway, as a browser does.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.sync.client import ClientConnection, connect

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.surfaces.cli.where import where
from nacre.surfaces.client import trusting

_KEYS_EVERY_S = 0.02
"""Faster than anybody types, slower than a key that is held down."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mode", default="both", choices=["slim", "full", "both"])
    arguments.add_argument("--keys", type=int, default=500)
    arguments.add_argument("--quick", action="store_true", help="few keys, few starts")
    given = arguments.parse_args()
    keys, starts = (100, 3) if given.quick else (given.keys, 10)
    results = Results("terminal", "typing in a workspace's terminal, and starting one")
    for mode in ("slim", "full") if given.mode == "both" else (given.mode,):
        settings = {"MODE": mode, "CONSOLE": "false", "CONTENT_PORT": str(free_port())}
        with home_on("plain") as home, running(home, **settings) as nacre:
            nacre.call("project", "create", "shop")
            measure(results, nacre, mode, keys, starts)
    results.keep()


def measure(results: Results, nacre: Nacre, mode: str, keys: int, starts: int) -> None:
    token = str(nacre.call("token", "create", "bench", "--role", "user", "--kind", "person")["token"])
    way = {"slim": "straight", "full": "through the gateway"}[mode]
    seconds = []
    for _ in range(starts):
        nacre.call("workspace", "stop", "shop")
        began = time.monotonic()
        with typing(nacre, token) as socket:
            socket.recv(timeout=30)
            seconds.append(time.monotonic() - began)
    results.add(f"from nothing to a prompt, {way}, median of {starts}", statistics.median(seconds), "s", 0.5)
    with typing(nacre, token) as socket:
        socket.recv(timeout=30)
        echoes = sorted(echo(socket) for _ in range(keys))
    results.add(f"echo of a key, {way}, p50 of {keys}", statistics.median(echoes) * 1000, "ms")
    results.add(f"echo of a key, {way}, p95 of {keys}", echoes[int(keys * 0.95)] * 1000, "ms", 30)


def echo(socket: ClientConnection) -> float:
    """Type a letter and wait for it, then take it back."""
    time.sleep(_KEYS_EVERY_S)
    began = time.monotonic()
    socket.send(b"x")
    while b"x" not in socket.recv(timeout=10):  # type: ignore[operator]
        pass
    took_s = time.monotonic() - began
    socket.send(b"\x15")
    socket.recv(timeout=10)
    return took_s


@contextmanager
def typing(nacre: Nacre, token: str) -> Iterator[ClientConnection]:
    """A terminal as a browser has it, past its greeting."""
    there = where({**nacre.environment, "NACRE_TOKEN": token})
    url = "ws" + there.url.removeprefix("http") + "/api/projects/shop/terminals/bench/socket"
    trusted = trusting(there.roots) if url.startswith("wss") else None
    said = {"Authorization": f"Bearer {there.token}"}
    with connect(url, additional_headers=said, ssl=trusted, compression=None) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "hello"
        yield socket


if __name__ == "__main__":
    main()
