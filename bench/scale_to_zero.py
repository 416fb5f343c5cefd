"""Fifty published apps that nobody asks for: how many processes they have, and how long the first visitor waits.

Promises: none, and ≤ 1 s. Each app is published by itself, from a project of its own, goes to sleep by itself, and is
woken by one request through the gateway. Its database stays up: that is what production databases do.
"""

import argparse
import ssl
import statistics
import time
from pathlib import Path

import httpx

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results

APP = """import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
PROJECT = '[publish]\nstart = "python3 app.py"\nidle_minutes = 0.2\n'
_ASLEEP_WITHIN_S = 180.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--apps", type=int, default=50)
    arguments.add_argument("--quick", action="store_true", help="three apps")
    given = arguments.parse_args()
    many = 3 if given.quick else given.apps
    results = Results("scale_to_zero", f"{many} published apps that nobody asks for")
    with home_on("plain") as home:
        content = free_port()
        with running(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content)) as nacre:
            names = [publish(nacre, number) for number in range(many)]
            wait_asleep(home)
            results.add(f"processes of {many} sleeping apps", len(processes(home)), "", 0)
            took = visit(home, f"https://localhost:{content}", names)
            results.add("the first request of a sleeping app, median", statistics.median(took), "s", 1)
            results.add("the first request of a sleeping app, slowest", max(took), "s", 1)
    results.keep()


def publish(nacre: Nacre, number: int) -> str:
    name = f"app-{number}"
    nacre.call("project", "create", name)
    files = Path(nacre.call("project", "show", name)["files_path"])
    (files / "app.py").write_text(APP)
    (files / "requirements.txt").write_text("")
    (files / "nacre.toml").write_text(PROJECT)
    nacre.call("publish", name)
    return name


def wait_asleep(home: Path) -> None:
    deadline = time.monotonic() + _ASLEEP_WITHIN_S
    while processes(home):
        if time.monotonic() > deadline:
            raise SystemExit("The apps do not go to sleep.")
        time.sleep(0.5)


def visit(home: Path, content: str, names: list[str]) -> list[float]:
    """Seconds until each app's first answer, one after the other."""
    trusting, took = ssl.create_default_context(cafile=home / "root.crt"), []
    with httpx.Client(base_url=content, verify=trusting, timeout=30) as visitor:
        for name in names:
            began = time.perf_counter()
            answer = visitor.get(f"/apps/{name}/")
            took.append(time.perf_counter() - began)
            assert answer.text == "hello", answer.text
    return took


def processes(home: Path) -> list[str]:
    """Those that belong to apps' sandboxes: the mark that each is started with, or its inheritance."""
    mark, found = f"NACRE_SANDBOX={home}/run/apps/".encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main()
