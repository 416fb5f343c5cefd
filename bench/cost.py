"""What history costs while a database is busy: pgbench TPC-B throughput with history on ÷ off, in turns.

Off is a cluster of the same PostgreSQL with the same settings on the same disk, less the archiving, and nobody takes
bases of it or reads its WAL. Promise: ≥ 0.9.
"""

import argparse
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._nacre import free_port, running
from bench._place import home_on
from bench._result import Results
from bench._traffic import fill, run, run_tpcb
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import embedded
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import service_account

PASSWORD = "open-sesame"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", nargs="+", default=["btrfs", "xfs", "plain"], choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--scale", type=int, default=40)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--quick", action="store_true", help="small, and short")
    given = arguments.parse_args()
    scale, rounds, seconds = (10, 2, 5.0) if given.quick else (given.scale, given.rounds, given.seconds)
    results = Results("cost", "pgbench TPC-B throughput with history on ÷ off")
    for storage in given.storage:
        with home_on(storage) as home, running(home) as nacre, without_history(home) as off_url:
            nacre.call("project", "create", "shop")
            measure(results, storage, nacre.url("shop"), off_url, scale, rounds, seconds)
    results.keep()


def measure(results: Results, storage: str, on_url: str, off_url: str, scale: int, rounds: int, seconds: float) -> None:
    urls = {"on": on_url, "off": off_url}
    rates: dict[str, list[float]] = {"on": [], "off": []}
    for url in urls.values():
        fill(url, scale)
        run_tpcb(url, 3)
    for number in range(rounds):
        for kind in ("on", "off") if number % 2 else ("off", "on"):
            run(urls[kind], "CHECKPOINT")  # both start with nothing to write out
            rates[kind].append(run_tpcb(urls[kind], seconds))
    results.note(f"{storage}, transactions a second", rates)
    ratios = [on / off for on, off in zip(rates["on"], rates["off"], strict=True)]
    results.add(f"{storage}: throughput with history ÷ without", statistics.median(ratios), "×", 0.9, at_least=True)


@contextmanager
def without_history(home: Path) -> Iterator[str]:
    """A cluster nobody keeps history of, on the storage of the projects; its URL."""
    owner = service_account("nacre")
    place = home / "projects" / "off"
    place.mkdir(mode=0o711)
    (place / "data").mkdir(mode=0o700)
    cluster = Cluster(embedded(home / "engines"), place / "data", owner)
    cluster.initialise(PASSWORD)
    seat = Seat(free_port(), home / "run" / "off")
    settings = {"archive_mode": "off", "archive_library": ""}
    cluster.start(seat, place / "wal", home / "log" / "off.log", settings=settings)
    try:
        yield f"postgresql://nacre:{PASSWORD}@127.0.0.1:{seat.port}/postgres"
    finally:
        cluster.stop("immediate")


if __name__ == "__main__":
    main()
