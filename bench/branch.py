"""A branch of a 2.4 GB database, from the call to its first query, beside `createdb -T` and `pg_dump | pg_restore`.

Promise: ≤ 1 s on storage that shares blocks. A branch is a cluster and a time machine of its own; the peers make a
second database in the same cluster, and `createdb -T` wants everyone to leave the first one meanwhile.
"""

import argparse
import statistics
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results
from bench._traffic import MB, ask, fill, programs, run, run_tpcb


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", nargs="+", default=["btrfs"], choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--scale", type=int, default=160, help="pgbench's; 160 is 2.4 GB")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--quick", action="store_true", help="small, and once")
    given = arguments.parse_args()
    scale, rounds = (10, 1) if given.quick else (given.scale, given.rounds)
    results = Results("branch", "a branch of a large database, from the call to its first query")
    for number, storage in enumerate(given.storage):
        with home_on(storage) as home, running(home) as nacre:
            nacre.call("project", "create", "shop")
            url = nacre.url("shop")
            name = f"{storage}, {fill(url, scale) / MB:.0f} MB"
            branch_s = statistics.median(one_branch(nacre, url, name, at, results) for at in range(rounds))
            results.add(f"{name}: branch to first query", branch_s, "s", 1.0)
            if number == 0:
                for peer, peer_s in {
                    "createdb -T": createdb(url),
                    "pg_dump | pg_restore": dump_and_restore(url),
                }.items():
                    results.add(f"{name}: {peer}", peer_s)
                    results.add(f"{name}: branch ÷ {peer}", branch_s / peer_s, "×")
    results.keep()


def one_branch(nacre: Nacre, url: str, name: str, number: int, results: Results) -> float:
    """Branch off the present of a database that was just worked on, and see that the branch holds it."""
    run_tpcb(url, 5)
    held = ask(url, "SELECT count(*) FROM pgbench_history")
    began = time.monotonic()
    answer = nacre.call("branch", "create", "shop", f"try-{number}")
    found = ask(answer["database_url"], "SELECT count(*) FROM pgbench_history")
    took_s = time.monotonic() - began
    if found != held:
        raise SystemExit(f"The branch holds {found} rows instead of {held}.")
    results.note(f"{name}, round {number + 1}", {"total": took_s, "answer": answer["seconds"]})
    nacre.call("branch", "delete", f"shop:try-{number}")
    return took_s


def createdb(url: str) -> float:
    """What `createdb -T` sends, at its defaults."""
    began = time.monotonic()
    run(_database(url, "postgres"), "CREATE DATABASE copied TEMPLATE shop")
    ask(_database(url, "copied"), "SELECT count(*) FROM pgbench_branches")
    took_s = time.monotonic() - began
    run(_database(url, "postgres"), "DROP DATABASE copied")
    return took_s


def dump_and_restore(url: str) -> float:
    """Uncompressed, as a pipe goes fastest."""
    began = time.monotonic()
    run(_database(url, "postgres"), "CREATE DATABASE restored")
    dump = subprocess.Popen([str(programs() / "pg_dump"), "-Fc", "-Z0", url], stdout=subprocess.PIPE)
    restore = [str(programs() / "pg_restore"), "--no-owner", "-d", _database(url, "restored")]
    subprocess.run(restore, stdin=dump.stdout, check=True)
    if dump.wait() != 0:
        raise SystemExit("pg_dump failed.")
    ask(_database(url, "restored"), "SELECT count(*) FROM pgbench_branches")
    took_s = time.monotonic() - began
    run(_database(url, "postgres"), "DROP DATABASE restored")
    return took_s


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=str(Path("/") / name)))


if __name__ == "__main__":
    main()
