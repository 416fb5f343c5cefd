"""How late people are told: from a condition that has held for as long as its rule says to the message handed over.

Sessions are opened on a database until a rule holds; it is told to a web hook on this machine. Promise: one tick of the
collector and a second, which is 11 s while somebody looks at numbers, and 61 s else.
"""

import argparse
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results
from nacre.monitoring.collector import TICK_S, WATCHED_TICK_S

SESSIONS = 8
HOLD_S = 15.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="one round, looked at")
    given = arguments.parse_args()
    rounds = 1 if given.quick else given.rounds
    results = Results("monitoring_alert", "from a condition that has held to the message handed over")
    with home_on("plain") as home, hook() as (address, heard), running(home) as nacre:
        nacre.call("project", "create", "shop")
        nacre.call("alert", "channel", "add", "bench", address, "--least-level", "info")
        looked_at = [measure(nacre, heard, f"bench-{number}", watched=True) for number in range(rounds)]
        tell(results, "while somebody looks", WATCHED_TICK_S, looked_at)
        if not given.quick:
            tell(results, "while nobody looks", TICK_S, [measure(nacre, heard, "bench-alone", watched=False)])
    results.keep()


def tell(results: Results, when: str, tick_s: float, late: list[tuple[float, float]]) -> None:
    results.note(f"{when}, round by round", [round(whole_s, 2) for whole_s, _ in late])
    results.add(f"past the hold to hand-over, {when}, the latest", max(one for one, _ in late), "s", tick_s + 1)
    results.add(f"of it from the look that found it, {when}, the latest", max(one for _, one in late), "s", 1)


def measure(nacre: Nacre, heard: list[float], rule: str, *, watched: bool) -> tuple[float, float]:
    """How much later than its hold the message came, and how much of that after it had been found."""
    bound = f"{SESSIONS - 1}"
    nacre.call(
        "alert", "rule", "set", rule, "--kind", "cluster", "--formula", "connections", "--above", bound,
        "--hold", f"{HOLD_S:g}",
    )  # fmt: skip
    before, url = len(heard), nacre.url("shop")
    if watched:
        nacre.call("monitoring", "now")  # which is remembered for a minute
    time.sleep(random.uniform(0, WATCHED_TICK_S))  # so that rounds begin anywhere between two looks
    with ExitStack() as opened:
        for _ in range(SESSIONS):
            opened.enter_context(psycopg.connect(url))
        began = time.time()
        while len(heard) == before:
            time.sleep(0.05)
            if time.time() - began > HOLD_S + 3 * TICK_S:
                raise SystemExit("nobody was told")
    found = nacre.call("alert", "history", "--limit", "1")[0]
    nacre.call("alert", "rule", "reset", rule)
    found_at = datetime.fromisoformat(found["time"]).timestamp()
    return heard[before] - began - HOLD_S, heard[before] - found_at


@contextmanager
def hook() -> Iterator[tuple[str, list[float]]]:
    """Its address, and when it was told, in seconds since the epoch."""
    heard: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            heard.append(time.time())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/", heard
        finally:
            server.shutdown()
            serving.join()


if __name__ == "__main__":
    main()
