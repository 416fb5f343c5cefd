"""What monitoring does to how long a write to data.db takes, in a daemon with databases that it looks at.

Promise: p95 on ÷ off ≤ 1.02. In the daemon's own process a row is written every few milliseconds, by turns of a second
and a half: those with monitoring begin with a look, the others have none, as many rows in each and in an order left to
chance. So the disk, which varies by more than the promise from minute to minute, meets both alike. That is a look every
second and a half, six times as often as it ever is. The interval is that of a bootstrap over pairs of turns: where it
ends below, the promise is kept beyond doubt.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from bench._nacre import Nacre, prepare
from bench._place import home_on
from bench._result import Results
from bench._turns import interval, turns

_LAUNCH = """
import sys
from bench.monitoring_writes import in_daemon
from nacre.surfaces.cli.main import main
in_daemon({pairs}, {told!r})
sys.exit(main(["up"]))
"""
_EVERY_S = 0.005
_WRITES = 250
_SETTLING_S = 10.0
Pair = tuple[list[float], list[float]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clusters", type=int, default=10)
    arguments.add_argument("--pairs", type=int, default=100, help="of turns, one with a look and one without")
    arguments.add_argument("--quick", action="store_true", help="one cluster, five pairs")
    given = arguments.parse_args()
    clusters, pairs = (1, 5) if given.quick else (given.clusters, given.pairs)
    results = Results("monitoring_writes", f"writes to data.db while {clusters} databases are looked at, and not")
    with home_on("plain") as home:
        nacre = prepare(home, CONSOLE="false")
        nacre.call("up", "--detach")
        try:
            with ThreadPoolExecutor(2) as both:
                list(both.map(lambda number: nacre.call("project", "create", f"shop{number}"), range(clusters)))
        finally:
            nacre.call("down")
        taken = written(nacre, pairs)
    within = interval(taken, ratio)
    results.note("writes", {"on": pairs * _WRITES, "off": pairs * _WRITES})
    results.add("p95 of a write, monitoring off", p95([off for _, off in taken]) * 1000, "ms")
    results.add("p95 of a write, monitoring on", p95([on for on, _ in taken]) * 1000, "ms")
    results.add("p95, on ÷ off", ratio(taken), "×", 1.02)
    results.add("p95, on ÷ off, 95 in a hundred: from", within.least, "×")
    results.add("p95, on ÷ off, 95 in a hundred: to", within.most, "×")
    results.keep()


def written(nacre: Nacre, pairs: int) -> list[Pair]:
    told = nacre.home / "writes.json"
    argv = [sys.executable, "-c", _LAUNCH.format(pairs=pairs, told=str(told))]
    with (nacre.home / "writes.log").open("wb") as log:
        daemon = subprocess.Popen(argv, env=nacre.environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 120 + 10 * pairs
        while not told.exists():
            if daemon.poll() is not None or time.monotonic() > end:
                raise SystemExit((nacre.home / "writes.log").read_text()[-2000:])
            time.sleep(0.5)
        return [(on, off) for on, off in json.loads(told.read_text())]
    finally:
        daemon.terminate()
        daemon.wait()


def in_daemon(pairs: int, told: str) -> None:
    """In the daemon's process: have it look when it is told to, and a thread write by turns once it is up."""
    import threading

    from nacre.core.store.store import Store
    from nacre.monitoring import collector

    stores = list[Store]()
    made = Store.__init__

    def open_store(self: Store, *arguments: object, **more: object) -> None:
        made(self, *arguments, **more)  # type: ignore[arg-type]
        stores.append(self)

    def start(self: collector.Collector) -> None:
        wanted = threading.Event()
        threads = (
            threading.Thread(target=_look_when, args=(self, wanted), daemon=True),
            threading.Thread(target=self._run_beside, daemon=True),
            threading.Thread(target=_write, args=(stores[0], wanted, pairs, Path(told)), daemon=True),
        )
        for thread in threads:
            thread.start()

    Store.__init__ = open_store  # type: ignore[method-assign]
    collector.Collector.start = start  # type: ignore[method-assign]


def _look_when(collector: object, wanted: object) -> None:
    import threading

    from nacre.monitoring.collector import Collector

    assert isinstance(collector, Collector) and isinstance(wanted, threading.Event)
    while wanted.wait():
        wanted.clear()
        collector.look()


def _write(store: object, wanted: object, pairs: int, told: Path) -> None:
    import threading

    from sqlalchemy import text

    from nacre.core.store.store import Store

    assert isinstance(store, Store) and isinstance(wanted, threading.Event)
    with store.write() as connection:
        connection.execute(text("CREATE TABLE bench_written (id INTEGER PRIMARY KEY, said TEXT NOT NULL)"))
    new = text("INSERT INTO bench_written (said) VALUES (:said)")
    wanted.set()  # the first look makes the connections
    time.sleep(_SETTLING_S)
    taken: dict[bool, list[list[float]]] = {True: [], False: []}
    for looks in turns(pairs):
        turn = list[float]()
        if looks:
            wanted.set()
        for _ in range(_WRITES):
            began = time.perf_counter()
            with store.write() as connection:
                connection.execute(new, {"said": "x" * 200})
            turn.append(time.perf_counter() - began)
            time.sleep(_EVERY_S)
        taken[looks].append(turn)
    told.with_suffix(".part").write_text(json.dumps(list(zip(taken[True], taken[False], strict=True))))
    told.with_suffix(".part").rename(told)


def ratio(pairs: Sequence[Pair]) -> float:
    return p95([on for on, _ in pairs]) / p95([off for _, off in pairs])


def p95(each: Sequence[list[float]]) -> float:
    ordered = sorted(chain.from_iterable(each))
    return ordered[int(0.95 * len(ordered))]


if __name__ == "__main__":
    main()
