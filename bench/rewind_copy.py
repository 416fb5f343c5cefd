"""A rewind on a plain disk, where every clone is a real copy, beside pgBackRest on the same data.

Both run Debian's PostgreSQL 15 with pgbench at 600 MB and go back over at least 700 MB of WAL, twice: to a moment
late in the traffic, and to the one before it. The peer is given its best: a full backup right before the traffic,
lz4, two processes, asynchronous archiving, `restore --delta --type=time`. Promise: ≤ 0.7 × its restore and recovery.
"""

import argparse
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench._nacre import free_port, running
from bench._place import home_on, need_root_and
from bench._result import Results
from bench._traffic import MB, ask, fill, make_wal, run_tpcb
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import at
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import service_account

BIN = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "open-sesame"
ROWS = "SELECT count(*) FROM pgbench_history"
LOADED_BEFORE_S = 10
"""Time to take a base of what was loaded: the peer's full backup, which it is told to make, takes about as long."""


@dataclass(frozen=True)
class Moment:
    """A time to go back to, and how many rows the history table held then."""

    name: str
    time: str
    rows: object


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=int, default=40, help="pgbench's; 40 is 600 MB")
    arguments.add_argument("--wal-mb", type=int, default=700)
    arguments.add_argument("--quick", action="store_true", help="small")
    given = arguments.parse_args()
    scale, wal_bytes = (10, 100 * MB) if given.quick else (given.scale, given.wal_mb * MB)
    need_root_and(str(BIN / "postgres"), "postgresql-15")
    need_root_and("pgbackrest", "pgbackrest")
    results = Results("rewind_copy", "a rewind on a plain disk, beside pgbackrest restore --delta --type=time")
    ours = with_nacre(results, scale, wal_bytes)
    theirs = with_pgbackrest(results, scale, wal_bytes)
    for name, ours_s in ours.items():
        results.add(f"{name}: rewind ÷ restore and recovery", ours_s / theirs[name], "×", 0.7)
    results.keep()


def with_nacre(results: Results, scale: int, wal_bytes: int) -> dict[str, float]:
    """Seconds from the call to the first query, by the moment's name."""
    took = {}
    with home_on("plain") as home, running(home, POSTGRES_BIN=str(BIN)) as nacre:
        nacre.call("project", "create", "shop")
        url = nacre.url("shop")
        fill(url, scale)
        time.sleep(LOADED_BEFORE_S)
        for moment in traffic(url, wal_bytes):
            began = time.monotonic()
            answer = nacre.call("rewind", "shop", moment.time)
            took[moment.name] = check(url, moment, began)
            results.add(f"nacre, {moment.name}: call to first query", took[moment.name])
            results.note("its phases", answer["phases"])
    return took


def with_pgbackrest(results: Results, scale: int, wal_bytes: int) -> dict[str, float]:
    """Seconds from the stop of the cluster to the first query, by the moment's name."""
    took = {}
    with home_on("plain") as home, peer(home) as (cluster, start, config):
        url = start.url
        fill(url, scale)
        began = time.monotonic()
        backrest(cluster, config, "backup", "--type=full")
        results.note("pgbackrest's full backup", time.monotonic() - began)
        time.sleep(2)  # it knows its backups by whole seconds
        for moment in traffic(url, wal_bytes):
            began = time.monotonic()
            cluster.stop("fast")
            stopped = time.monotonic()
            target = f"--target={moment.time}"
            backrest(cluster, config, "restore", "--delta", "--type=time", target, "--target-action=promote")
            restored = time.monotonic()
            start()
            took[moment.name] = check(url, moment, began)
            results.add(f"pgbackrest, {moment.name}: stop to first query", took[moment.name])
            results.note("its phases", {"stop": stopped - began, "restore": restored - stopped})
    return took


def traffic(url: str, wal_bytes: int) -> list[Moment]:
    """Let traffic go over the database: the moment near its end, then the one before it all."""
    before = note(url, f"{wal_bytes / MB:.0f} MB of WAL behind it")
    make_wal(url, wal_bytes)
    late = note(url, f"after {wal_bytes / MB:.0f} MB of WAL")
    run_tpcb(url, 3)
    return [late, before]


def note(url: str, name: str) -> Moment:
    time.sleep(0.1)
    moment = Moment(name, str(ask(url, "SELECT clock_timestamp()::text")), ask(url, ROWS))
    time.sleep(0.1)
    return moment


def check(url: str, moment: Moment, began: float) -> float:
    """The first query; returns the seconds since `began`."""
    found = ask(url, ROWS)
    took_s = time.monotonic() - began
    if found != moment.rows:
        raise SystemExit(f"There are {found} rows instead of {moment.rows}.")
    return took_s


@contextmanager
def peer(home: Path) -> Iterator[tuple[Cluster, "Start", Path]]:
    """A cluster that pgBackRest archives, and how to start it (waiting for its recovery to end)."""
    owner = service_account("nacre")
    assert owner is not None
    place = home / "peer"
    for folder in (place, place / "repo", place / "spool", place / "log", place / "lock", place / "data"):
        folder.mkdir(mode=0o700)
        shutil.chown(folder, owner.uid, owner.gid)
    cluster = Cluster(at(BIN), place / "data", owner)
    cluster.initialise(PASSWORD)
    seat = Seat(free_port(), home / "run-peer")
    config = place / "pgbackrest.conf"
    config.write_text(configuration(place, seat))
    shutil.chown(config, owner.uid, owner.gid)
    start = Start(cluster, seat, home / "peer.log", config, place)
    start()
    backrest(cluster, config, "stanza-create")
    try:
        yield cluster, start, config
    finally:
        cluster.stop("immediate")


@dataclass(frozen=True)
class Start:
    """Starts the peer's cluster, and returns once it takes writes."""

    cluster: Cluster
    seat: Seat
    log: Path
    config: Path
    place: Path

    @property
    def url(self) -> str:
        return f"postgresql://nacre:{PASSWORD}@127.0.0.1:{self.seat.port}/postgres"

    def __call__(self) -> None:
        settings = {
            "archive_library": "",
            "archive_command": f"pgbackrest --config={self.config} --stanza=peer archive-push %p",
            "hot_standby": "off",
        }
        self.cluster.start(self.seat, self.place / "unused", self.log, settings=settings, timeout_s=600)


def configuration(place: Path, seat: Seat) -> str:
    return f"""\
[global]
repo1-path={place}/repo
spool-path={place}/spool
lock-path={place}/lock
log-path={place}/log
log-level-console=warn
process-max=2
compress-type=lz4
repo1-bundle=y
archive-async=y
start-fast=y
[peer]
pg1-path={place}/data
pg1-port={seat.port}
pg1-socket-path={seat.socket_dir}
pg1-user=nacre
"""


def backrest(cluster: Cluster, config: Path, command: str, *options: str) -> None:
    assert cluster.owner is not None
    done = subprocess.run(
        ["pgbackrest", f"--config={config}", "--stanza=peer", *options, command],
        user=cluster.owner.uid,
        group=cluster.owner.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PGPASSWORD": PASSWORD},
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"pgbackrest {command} failed: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
