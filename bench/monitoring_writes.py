"""What monitoring does to how long a write to data.db takes, in a daemon with databases that it looks at.

Promise: p95 on ÷ off ≤ 1.02. In the daemon's own process a row is written every few milliseconds while monitoring is on
(a look every ten seconds) and off by turns, so that whatever else goes on meets both alike; the peer is itself without.
"""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench._nacre import Nacre, prepare
from bench._place import home_on
from bench._result import Results

_LAUNCH = """
import sys
from bench.monitoring_writes import in_daemon
from nacre.surfaces.cli.main import main
in_daemon({seconds}, {turns}, {told!r})
sys.exit(main(["up"]))
"""
_EVERY_S = 0.005
_TICK_S = 10.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clusters", type=int, default=10)
    arguments.add_argument("--turns", type=int, default=12, help="how often it is on, and off")
    arguments.add_argument("--quick", action="store_true", help="one cluster, one turn of each")
    given = arguments.parse_args()
    clusters, turns = (1, 1) if given.quick else (given.clusters, given.turns)
    results = Results("monitoring_writes", f"writes to data.db while {clusters} databases are looked at every 10 s")
    with home_on("plain") as home:
        nacre = prepare(home, CONSOLE="false")
        nacre.call("up", "--detach")
        try:
            with ThreadPoolExecutor(2) as both:
                list(both.map(lambda number: nacre.call("project", "create", f"shop{number}"), range(clusters)))
        finally:
            nacre.call("down")
        taken = written(nacre, turns)
    on, off = (p95(sorted(taken[what])) for what in ("on", "off"))
    results.note("writes", {what: len(each) for what, each in taken.items()})
    results.add("p95 of a write, monitoring off", off * 1000, "ms")
    results.add("p95 of a write, monitoring on", on * 1000, "ms")
    results.add("p95, on ÷ off", on / off, "×", 1.02)
    results.keep()


def written(nacre: Nacre, turns: int) -> dict[str, list[float]]:
    told = nacre.home / "writes.json"
    argv = [sys.executable, "-c", _LAUNCH.format(seconds=2 * _TICK_S, turns=turns, told=str(told))]
    with (nacre.home / "writes.log").open("wb") as log:
        daemon = subprocess.Popen(argv, env=nacre.environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 120 + 5 * turns * _TICK_S
        while not told.exists():
            if daemon.poll() is not None or time.monotonic() > end:
                raise SystemExit((nacre.home / "writes.log").read_text()[-2000:])
            time.sleep(0.5)
        taken: dict[str, list[float]] = json.loads(told.read_text())
        return taken
    finally:
        daemon.terminate()
        daemon.wait()


def in_daemon(seconds: float, turns: int, told: str) -> None:
    """In the daemon's process: have a thread write once it is up, and turn its monitoring on and off."""
    import threading

    from nacre.core.store.store import Store
    from nacre.monitoring import collector

    looks, stores = [True], list[Store]()
    made, look, started = Store.__init__, collector.Collector.look, collector.Collector.start

    def open_store(self: Store, *arguments: object, **more: object) -> None:
        made(self, *arguments, **more)  # type: ignore[arg-type]
        stores.append(self)

    def start(self: collector.Collector) -> None:
        started(self)
        threading.Thread(target=_write, args=(stores[0], looks, seconds, turns, Path(told)), daemon=True).start()

    collector.TICK_S = _TICK_S
    Store.__init__ = open_store  # type: ignore[method-assign]
    collector.Collector.look = lambda self: look(self) if looks[0] else []  # type: ignore[method-assign]
    collector.Collector.start = start  # type: ignore[method-assign]


def _write(store: object, looks: list[bool], seconds: float, turns: int, told: Path) -> None:
    from sqlalchemy import text

    from nacre.core.store.store import Store

    assert isinstance(store, Store)
    with store.write() as connection:
        connection.execute(text("CREATE TABLE bench_written (id INTEGER PRIMARY KEY, said TEXT NOT NULL)"))
    new = text("INSERT INTO bench_written (said) VALUES (:said)")
    taken: dict[str, list[float]] = {"on": [], "off": []}
    time.sleep(2 * _TICK_S)
    for turn in range(2 * turns):
        looks[0] = turn % 2 == 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            with store.write() as connection:
                connection.execute(new, {"said": "x" * 200})
            taken["on" if looks[0] else "off"].append(time.perf_counter() - began)
            time.sleep(_EVERY_S)
    told.with_suffix(".part").write_text(json.dumps(taken))
    told.with_suffix(".part").rename(told)


def p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * len(ordered))]


if __name__ == "__main__":
    main()
