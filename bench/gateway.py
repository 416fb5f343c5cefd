"""What the gateway costs: requests through it beside the same requests through a Caddy that only proxies, by wrk.

Promises: a published app (public route) ≥ 0.8 of the plain proxy's throughput; a preview (signed in, the daemon asked
for each request) ≥ 0.3 of it, and at most 1 ms more than the program itself takes. All answer over TLS and pass on to
programs of one kind, a Caddy that answers with a short page by itself; the preview's is in a workspace, and the plain
proxy beside it dials the same socket. wrk keeps its connections.
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
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.engines.caddy import program
from nacre.engines.caddy.parts import answer, proxy, route
from nacre.engines.processes.memory import own_pss_bytes, pss_bytes
from nacre.gateway.switchboard import Switchboard

MB = 1_000_000
PAGE = "<!doctype html><title>Shop</title>" + "<p>One of many things that can be had here.</p>" * 20
# What a browser sends: a gateway that looks at headers must have some to look at.
COOKIES = ("theme=dark", "cart=8f14e45fceea167a5a36dedd4bea2543")
HEADERS = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9",
    "Accept-Encoding: gzip, deflate, br, zstd",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--quick", action="store_true", help="one short round")
    given = arguments.parse_args()
    rounds, seconds = (1, 2) if given.quick else (given.rounds, 2)
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark needs wrk: apt-get install wrk.")
    results = Results("gateway", "requests through the gateway, beside a Caddy that only proxies")
    with home_on("plain") as home, ExitStack() as stack:
        port = free_port()
        settings = {"MODE": "full", "CONSOLE": "false", "CONTENT_PORT": str(port)}
        nacre = stack.enter_context(running(home, **settings))
        app = home / "run" / "apps" / "shop" / "1.sock"
        app.parent.mkdir(mode=0o711)
        stack.enter_context(caddy(home.parent / "upstream", answering(f"unix/{app}|0666"), str(app)))
        Switchboard(home / "run" / "switchboard").switch({"shop": app})
        plain = free_port()
        stack.enter_context(caddy(home.parent / "plain", proxying(plain, app), ("127.0.0.1", plain)))
        time.sleep(2)
        status = nacre.call("status")
        idle = own_pss_bytes(status["pid"]) + pss_bytes(status["gateway"]["pid"])
        results.add("idle: daemon and Caddy", idle / MB, "MB", 200)
        published = Route(f"https://127.0.0.1:{port}/apps/shop/")
        beside = Route(f"https://127.0.0.1:{plain}/apps/shop/")
        measure(results, "published app", published, beside, 0.8, rounds, seconds)

        direct = free_port()
        stack.enter_context(caddy(home.parent / "direct", answering(f"127.0.0.1:{direct}"), ("127.0.0.1", direct)))
        preview, upstream = preview_of(nacre, f"https://localhost:{port}")
        plain = free_port()
        stack.enter_context(caddy(home.parent / "plain2", proxying(plain, upstream), ("127.0.0.1", plain)))
        beside = Route(f"https://127.0.0.1:{plain}/")
        measure(results, "preview, signed in", preview, beside, 0.3, rounds, seconds)
        alone = [p50_ms(Route(f"http://127.0.0.1:{direct}/"), seconds) for _ in range(rounds)]
        asked = [p50_ms(preview, seconds) for _ in range(rounds)]
        added = statistics.median(asked) - statistics.median(alone)
        results.note("p50 of the program itself, ms", statistics.median(alone))
        results.add("preview, signed in: p50 − the program itself", added, "ms", 1)
    results.keep()


@dataclass(frozen=True)
class Route:
    """Where to ask, and the platform's cookie that opens it."""

    url: str
    cookie: str = ""


def measure(results: Results, what: str, ours: Route, plain: Route, promise: float, rounds: int, seconds: int) -> None:
    """Side by side, round by round, so that a busy machine is as busy for both."""
    pairs = [(requests_per_s(ours, seconds), requests_per_s(plain, seconds)) for _ in range(rounds)]
    results.note(f"{what}, requests a second", statistics.median(mine for mine, _ in pairs))
    results.note("plain proxy to the same program, requests a second", statistics.median(other for _, other in pairs))
    ratio = statistics.median(mine / other for mine, other in pairs)
    results.add(f"{what}: throughput ÷ plain proxy", ratio, "", promise, at_least=True)


def requests_per_s(route: Route, seconds: int) -> float:
    found = re.search(r"Requests/sec:\s+([0-9.]+)", wrk(route, 32, seconds))
    assert found is not None
    return float(found[1])


def p50_ms(route: Route, seconds: int) -> float:
    """One request after the other: what each takes, not what a queue does."""
    found = re.search(r"50%\s+([0-9.]+)(us|ms)", wrk(route, 1, seconds))
    assert found is not None
    return float(found[1]) / (1000 if found[2] == "us" else 1)


def preview_of(nacre: Nacre, content: str) -> tuple[Route, Path]:
    """A branch's preview, open in a browser that is signed in; and the socket that its program is reached by."""
    nacre.call("project", "create", "shop")
    files = Path(nacre.call("project", "show", "shop")["files_path"])
    shutil.copy(program.find(), files / "caddy")
    (files / "caddy.json").write_text(json.dumps(document(files.parent, answering("127.0.0.1:{env.PORT}"))))
    (files / "nacre.toml").write_text('[dev]\nrun = "./caddy run --config caddy.json"\nstrip = true\n')
    url = f"{content}/p/shop/main/"
    with httpx.Client(verify=False, follow_redirects=True, timeout=60) as browser:
        sign_in(browser, nacre)
        while "Shop" not in browser.get(url, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}).text:
            time.sleep(0.2)
        cookie = f"__Host-nacre-content={browser.cookies['__Host-nacre-content']}"
    sockets = [path for path in (nacre.home / "run" / "ws").rglob("*.sock") if "warden" not in path.name]
    return Route(url, cookie), sockets[0]


def sign_in(browser: httpx.Client, nacre: Nacre) -> None:
    """As the first person, by the link of the first start."""
    link = str(nacre.call("account", "link")["url"])
    console = link.partition("/sign-in")[0]
    said = {"link": link.partition("#link=")[2], "person": "ada", "password": "a long enough sentence"}
    browser.post(f"{console}/api/sign-in/link", json=said).raise_for_status()


def wrk(route: Route, connections: int, seconds: int) -> str:
    """wrk's output. Raises SystemExit when an answer was not 2xx: it would have measured something else."""
    url, cookies = route.url, "; ".join(filter(None, [*COOKIES, route.cookie]))
    headers = [word for header in (*HEADERS, f"Cookie: {cookies}") for word in ("-H", header)]
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *headers, url]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} did not answer as it should:\n{said}")
    return said


def answering(listen: str) -> dict[str, object]:
    page = answer(200, PAGE, content_type="text/html; charset=utf-8")
    server = {"listen": [listen], "automatic_https": {"disable": True}, "routes": [route(page)]}
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


def document(folder: Path, apps: dict[str, object]) -> dict[str, object]:
    logging = {"logs": {"default": {"level": "WARN"}}}
    storage = {"module": "file_system", "root": str(folder)}
    return {"admin": {"disabled": True}, "logging": logging, "storage": storage, "apps": apps}


@contextmanager
def caddy(folder: Path, apps: dict[str, object], address: str | tuple[str, int]) -> Iterator[None]:
    """A Caddy of the benchmark's own for the length of the block, which begins once it listens at `address`."""
    folder.mkdir()
    configuration = folder / "caddy.json"
    configuration.write_text(json.dumps(document(folder, apps)))
    argv = program.run_argv(program.find(), configuration)
    with (folder / "log").open("wb") as log:
        # A session of its own, as the gateway has: Linux shares the processors out by session (sched_autogroup).
        process = subprocess.Popen(argv, env={"HOME": str(folder)}, stderr=log, start_new_session=True)
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
