"""A rewind of a 600 MB database with 700 MB of traffic behind the moment, on storage that shares blocks.

The moment lies in the midst of the traffic, between two markers: the first must be there afterwards, the second not.
Promise: call to first query ≤ 1.5 s, connections fail for ≤ 0.5 s, and with four times the data ≤ 1.3 × that.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench._nacre import Nacre, running
from bench._outage import watched
from bench._place import home_on
from bench._result import Results
from bench._traffic import MB, ask, fill, make_wal, run, run_tpcb


@dataclass(frozen=True)
class Size:
    scale: int
    wal_bytes: int
    rounds: int
    promised: bool = True
    """Whether it is the size that the promise in seconds speaks of; for the larger one it is a ratio to that."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", nargs="+", default=["btrfs", "xfs"], choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--scale", type=int, default=40, help="pgbench's; 40 is 600 MB")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--quick", action="store_true", help="small, once, and not four times as large")
    given = arguments.parse_args()
    small = Size(given.scale, 700 * MB, given.rounds)
    large = Size(given.scale * 4, 700 * MB, given.rounds, promised=False)
    sizes = [Size(10, 100 * MB, 1)] if given.quick else [small, large]
    results = Results("rewind", "a rewind on copy-on-write storage, from the call to the first query")
    for storage in given.storage:
        medians = [measure(results, storage, size) for size in sizes]
        if len(medians) == 2:
            results.add(f"{storage}: four times the data ÷ once", medians[1] / medians[0], "×", 1.3)
    results.keep()


def measure(results: Results, storage: str, size: Size) -> float:
    """Returns the median of the rounds' seconds."""
    totals, outages = [], []
    with home_on(storage) as home, running(home) as nacre:
        nacre.call("project", "create", "shop")
        url = nacre.url("shop")
        held = fill(url, size.scale)
        run(url, "CREATE TABLE marker (name text)")
        name = f"{storage}, {held / MB:.0f} MB"
        for number in range(size.rounds):
            total_s, outage_s = one_rewind(nacre, url, size, f"{name}, round {number + 1}", results)
            totals.append(total_s)
            outages.append(outage_s)
    promised_s = 1.5 if size.promised else None
    results.add(f"{name}: call to first query", statistics.median(totals), "s", promised_s)
    results.add(f"{name}: connections fail for", max(outages), "s", 0.5)
    return statistics.median(totals)


def one_rewind(nacre: Nacre, url: str, size: Size, name: str, results: Results) -> tuple[float, float]:
    """Note a moment in the midst of traffic, let more of it go over it, go back, and see that it is that moment."""
    with ThreadPoolExecutor(1) as pool:
        traffic = pool.submit(run_tpcb, url, 8)
        time.sleep(4)
        moment = mark(url, name)
        traffic.result()
    wal = make_wal(url, size.wal_bytes)
    with watched(url) as outage:
        began = time.monotonic()
        answer = nacre.call("rewind", "shop", str(moment))
        found = ask(url, "SELECT string_agg(name, ', ' ORDER BY name) FROM marker")
        total_s = time.monotonic() - began
        time.sleep(0.3)
    if found != f"before {name}":
        raise SystemExit(f"The rewind brought back the markers {found}.")
    run(url, "TRUNCATE marker")
    results.note(name, {"total": total_s, "answer": answer["seconds"], "outage": outage.seconds,
                        "downtime": answer["downtime_seconds"], "wal_mb": wal / MB,
                        "undone": answer["transactions_undone"], **answer["phases"]})  # fmt: skip
    return total_s, outage.seconds


def mark(url: str, name: str) -> str:
    """Commit a marker, note the time, commit another."""
    run(url, "INSERT INTO marker VALUES (%s)", f"before {name}")
    moment = ask(url, "SELECT clock_timestamp()::text")
    run(url, "INSERT INTO marker VALUES (%s)", f"not {name}")
    return str(moment)


if __name__ == "__main__":
    main()
