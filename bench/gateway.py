"""What the gateway costs: requests through it beside the same requests through a Caddy that only proxies, by wrk.

Promises: a published app (public route) ≥ 0.8 of the plain proxy's throughput. Both answer over TLS and pass on to the
same program, a Caddy that answers with a short page by itself; wrk keeps its connections.
"""

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench._nacre import free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.engines.caddy import program
from nacre.engines.caddy.parts import answer, proxy, route
from nacre.engines.processes.memory import own_pss_bytes, pss_bytes

MB = 1_000_000
PAGE = "<!doctype html><title>Shop</title>" + "<p>One of many things that can be had here.</p>" * 20
# What a browser sends: a gateway that looks at headers must have some to look at.
HEADERS = (
    "Cookie: theme=dark; cart=8f14e45fceea167a5a36dedd4bea2543",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9",
    "Accept-Encoding: gzip, deflate, br, zstd",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="one short round")
    given = arguments.parse_args()
    rounds, seconds = (1, 2) if given.quick else (given.rounds, 5)
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark needs wrk: apt-get install wrk.")
    results = Results("gateway", "requests through the gateway, beside a Caddy that only proxies")
    with home_on("plain") as home, ExitStack() as stack:
        port = free_port()
        settings = {"MODE": "full", "CONSOLE": "false", "CONTENT_PORT": str(port)}
        nacre = stack.enter_context(running(home, **settings))
        app = home / "run" / "apps" / "shop" / "up.sock"
        app.parent.mkdir(mode=0o711)
        stack.enter_context(caddy(home.parent / "upstream", answering(app), str(app)))
        plain = free_port()
        stack.enter_context(caddy(home.parent / "plain", proxying(plain, app), ("127.0.0.1", plain)))
        status = nacre.call("status")
        idle = own_pss_bytes(status["pid"]) + pss_bytes(status["gateway"]["pid"])
        results.add("idle: daemon and Caddy", idle / MB, "MB", 200)
        routes = {"plain proxy": plain, "published app": port}
        measure(results, routes, rounds, seconds)
    results.keep()


def measure(results: Results, routes: dict[str, int], rounds: int, seconds: int) -> None:
    rates: dict[str, list[float]] = {name: [] for name in routes}
    for _ in range(rounds):  # side by side, so that a busy machine is as busy for each
        for name, port in routes.items():
            rates[name].append(requests_per_s(f"https://127.0.0.1:{port}/apps/shop/", 32, seconds))
    for name, measured in rates.items():
        results.note(f"{name}, requests a second", statistics.median(measured))
    ratios = [app / plain for app, plain in zip(rates["published app"], rates["plain proxy"], strict=True)]
    results.add("published app: throughput ÷ plain proxy", statistics.median(ratios), "", 0.8, at_least=True)


def requests_per_s(url: str, connections: int, seconds: int) -> float:
    said = wrk(url, connections, seconds)
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found is not None, said
    return float(found[1])


def wrk(url: str, connections: int, seconds: int) -> str:
    """wrk's output. Raises SystemExit when an answer was not 2xx: it would have measured something else."""
    headers = [word for header in HEADERS for word in ("-H", header)]
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *headers, url]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} did not answer as it should:\n{said}")
    return said


def answering(path: Path) -> dict[str, object]:
    page = answer(200, PAGE, content_type="text/html; charset=utf-8")
    server = {"listen": [f"unix/{path}|0666"], "automatic_https": {"disable": True}, "routes": [route(page)]}
    return {"http": {"servers": {"answering": server}}}


def proxying(port: int, path: Path) -> dict[str, object]:
    server = {
        "listen": [f"127.0.0.1:{port}"],
        "automatic_https": {"disable": True},
        "tls_connection_policies": [{}],
        "routes": [route(proxy(f"unix/{path}"))],
    }
    issuing = {"policies": [{"issuers": [{"module": "internal"}]}]}
    return {
        "http": {"servers": {"proxying": server}},
        "tls": {"certificates": {"automate": ["127.0.0.1"]}, "automation": issuing},
        "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
    }


@contextmanager
def caddy(folder: Path, apps: dict[str, object], address: str | tuple[str, int]) -> Iterator[None]:
    """A Caddy of the benchmark's own for the length of the block, which begins once it listens at `address`."""
    folder.mkdir()
    configuration = folder / "caddy.json"
    logging = {"logs": {"default": {"level": "WARN"}}}
    storage = {"module": "file_system", "root": str(folder)}
    configuration.write_text(
        json.dumps({"admin": {"disabled": True}, "logging": logging, "storage": storage, "apps": apps})
    )
    argv = program.run_argv(program.find(), configuration)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, env={"HOME": str(folder)}, stderr=log)
    try:
        while process.poll() is None and not listens(address):
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


def listens(address: str | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


if __name__ == "__main__":
    main()
