"""What the gateway costs: requests through it beside the same requests through a Caddy that only proxies, by wrk.

Promises: a published app (public route) ≥ 0.8 of the plain proxy's throughput; a preview (signed in, the daemon asked
for each request) ≥ 0.3 of it, and at most 1 ms more than the program itself takes. All answer over TLS and pass on to
programs of one kind, a Caddy that answers with a short page by itself; the preview's is in a workspace, and the plain
proxy beside it dials the same socket. wrk keeps its connections.

The machine may be busy with other things: the two take turns of a second, now one first and now the other, and the
median of all pairs is told with the interval that holds it with 95 %, beside the processor time of each for a request.
"""

import argparse
import json
import re
import resource
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

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
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--quick", action="store_true", help="one short round")
    given = arguments.parse_args()
    rounds, seconds = (1, 1) if given.quick else (given.rounds, 1)
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark needs wrk: apt-get install wrk.")
    results = Results("gateway", "requests through the gateway, beside a Caddy that only proxies")
    with home_on("plain") as home, ExitStack() as stack:
        port = free_port()
        settings = {"MODE": "full", "CONSOLE": "false", "CONTENT_PORT": str(port)}
        nacre = stack.enter_context(running(home, **settings))
        app = home / "run" / "apps" / "shop" / "1.sock"
        app.parent.mkdir(mode=0o711)
        behind = stack.enter_context(caddy(home.parent / "upstream", answering(f"unix/{app}|0666"), str(app)))
        Switchboard(home / "run" / "switchboard").switch({"shop": app})
        plain = free_port()
        proxies = stack.enter_context(caddy(home.parent / "plain", proxying(plain, app), ("127.0.0.1", plain)))
        time.sleep(2)
        status = nacre.call("status")
        idle = own_pss_bytes(status["pid"]) + pss_bytes(status["gateway"]["pid"])
        results.add("idle: daemon and Caddy", idle / MB, "MB", 200)
        gateway = status["gateway"]["pid"]
        published = Route(f"https://127.0.0.1:{port}/apps/shop/", gateway, behind=(behind,))
        beside = Route(f"https://127.0.0.1:{plain}/apps/shop/", proxies, behind=(behind,))
        others = cpu_s(*descendants(status["pid"]) - {gateway})
        asked = measure(results, "published app", published, beside, 0.8, rounds, seconds)
        others = cpu_s(*descendants(status["pid"]) - {gateway}) - others
        results.note("daemon and follower of logs: processor time for a request, µs", others / asked * 1e6)

        direct = free_port()
        stack.enter_context(caddy(home.parent / "direct", answering(f"127.0.0.1:{direct}"), ("127.0.0.1", direct)))
        preview, upstream = preview_of(nacre, f"https://localhost:{port}", gateway)
        plain = free_port()
        proxies = stack.enter_context(caddy(home.parent / "plain2", proxying(plain, upstream), ("127.0.0.1", plain)))
        beside = Route(f"https://127.0.0.1:{plain}/", proxies)
        measure(results, "preview, signed in", preview, beside, 0.3, rounds, seconds)
        alone, through = [], []
        for _ in range(rounds):
            alone.append(p50_ms(Route(f"http://127.0.0.1:{direct}/"), seconds))
            through.append(p50_ms(preview, seconds))
        added = statistics.median(through) - statistics.median(alone)
        results.note("p50 of the program itself, ms", statistics.median(alone))
        results.add("preview, signed in: p50 − the program itself", added, "ms", 1)
    results.keep()


@dataclass(frozen=True)
class Route:
    """Where to ask, the process that answers there, the program behind it if known, and the cookie that opens it."""

    url: str
    pid: int = 0
    cookie: str = ""
    behind: tuple[int, ...] = ()


@dataclass(frozen=True)
class Turn:
    requests: int
    requests_per_s: float
    cpu_us: float
    """Of the process that answered, for each request."""
    all_us: float
    """With whoever asked, and the program behind."""


def measure(results: Results, what: str, ours: Route, plain: Route, promise: float, rounds: int, seconds: int) -> int:
    """Side by side, turn by turn, so that a busy machine is as busy for both. How many requests ours answered."""
    for asked in (ours, plain):
        await_answer(asked)
    pairs: list[tuple[Turn, Turn]] = []
    for number in range(rounds):
        first, second = (ours, plain) if number % 2 else (plain, ours)
        one, other = turn(first, seconds), turn(second, seconds)
        pairs.append((one, other) if number % 2 else (other, one))
    for name, side in ((what, 0), ("plain proxy to the same program", 1)):
        results.note(f"{name}, requests a second", statistics.median(pair[side].requests_per_s for pair in pairs))
        results.note(
            f"{name}, processor time for a request, µs", statistics.median(pair[side].cpu_us for pair in pairs)
        )
    ratios = sorted(mine.requests_per_s / other.requests_per_s for mine, other in pairs)
    results.add(f"{what}: throughput ÷ plain proxy", statistics.median(ratios), "", promise, at_least=True)
    least, most = around_the_median(ratios)
    results.note(f"{what}: throughput ÷ plain proxy, with 95 %", f"{least:.3f} to {most:.3f}")
    if ours.behind:
        # What throughput comes to where nobody else asks for the processors.
        shares = statistics.median(other.all_us / mine.all_us for mine, other in pairs)
        results.note(f"{what}: plain proxy's processor time ÷ ours, all who take part", shares)
    return sum(mine.requests for mine, _ in pairs)


def await_answer(asked: Route) -> None:
    """A Caddy that listens may not have its certificate yet."""
    while True:
        with suppress(httpx.TransportError):
            httpx.get(asked.url, verify=False)
            return
        time.sleep(0.05)


def around_the_median(ordered: list[float]) -> tuple[float, float]:
    """Between which of the measured values the median lies with 95 %, whatever their distribution."""
    outside = max(int((len(ordered) - 1.96 * len(ordered) ** 0.5) / 2), 0)
    return ordered[outside], ordered[-1 - outside]


def turn(route: Route, seconds: int) -> Turn:
    before, asking, behind = cpu_s(route.pid), asking_s(), cpu_s(*route.behind)
    said = wrk(route, 32, seconds)
    spent_s = cpu_s(route.pid) - before
    all_s = spent_s + asking_s() - asking + cpu_s(*route.behind) - behind
    requests, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert requests is not None and rate is not None
    count = int(requests[1])
    return Turn(count, float(rate[1]), spent_s / count * 1e6, all_s / count * 1e6)


def asking_s() -> float:
    """Processor time of wrk, up to now."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def cpu_s(*pids: int) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in times)


def descendants(pid: int) -> set[int]:
    process = psutil.Process(pid)
    return {one.pid for one in (process, *process.children(recursive=True))}


def p50_ms(route: Route, seconds: int) -> float:
    """One request after the other: what each takes, not what a queue does."""
    found = re.search(r"50%\s+([0-9.]+)(us|ms)", wrk(route, 1, seconds))
    assert found is not None
    return float(found[1]) / (1000 if found[2] == "us" else 1)


def preview_of(nacre: Nacre, content: str, gateway: int) -> tuple[Route, Path]:
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
    return Route(url, gateway, cookie), sockets[0]


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
def caddy(folder: Path, apps: dict[str, object], address: str | tuple[str, int]) -> Iterator[int]:
    """A Caddy of the benchmark's own for the length of the block, which begins once it listens there; its pid."""
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
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def listens(address: str | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


if __name__ == "__main__":
    main()
