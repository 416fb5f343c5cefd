"""How a cluster is kept: its tables, log, checkpoints, and what its processes take. Dearer to know than its health."""

import os
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

from psycopg import Connection

from nacre.engines.postgres.postmaster import Postmaster

_SQL = Path(__file__).with_suffix(".sql").read_bytes()
_CHECKPOINTS = "SELECT num_timed, num_requested, (write_time + sync_time) / 1000 FROM pg_stat_checkpointer"
_CHECKPOINTS_BEFORE_17 = """
SELECT checkpoints_timed, checkpoints_req, (checkpoint_write_time + checkpoint_sync_time) / 1000 FROM pg_stat_bgwriter
"""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Upkeep:
    """In the order of upkeep.sql. Tables are those of one database; times are seconds, not a number where something
    never was."""

    size_bytes: float
    tables: float
    rows_live: float
    rows_dead: float
    dead_share: float
    unvacuumed_s: float
    unanalyzed_s: float
    vacuum_age_s: float
    analyze_age_s: float
    invalid_indexes: float
    log_bytes: float
    prepared: float
    prepared_longest_s: float
    checksum_failures: float
    checkpoints_timed: float
    checkpoints_requested: float
    checkpoint_s: float


def upkeep(connection: Connection[Any]) -> Upkeep:
    """`connection` is a superuser's, to the database whose tables are told of. Raises psycopg.Error."""
    connection.execute("SET statement_timeout = '10s'")
    first = connection.execute(_SQL).fetchone()
    older = connection.info.server_version < 170000
    second = connection.execute(_CHECKPOINTS_BEFORE_17 if older else _CHECKPOINTS).fetchone()
    assert first is not None and second is not None
    return Upkeep(*(nan if value is None else float(value) for value in (*first, *second)))


def spent(postmaster: Postmaster) -> tuple[float, float]:
    """Of all its processes: the seconds of a processor they took, those that ended too, and the bytes of memory that
    they hold of their own, beside what they share."""
    cpu_s, memory_bytes = 0.0, 0
    for at, pid in enumerate(postmaster.pids()):
        try:
            times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue  # it ended meanwhile, and is counted with what the postmaster's children took
        cpu_s += sum(map(int, times if at == 0 else times[:2])) / _TICKS
        memory_bytes += _anonymous_bytes(status)
    return cpu_s, memory_bytes


def _anonymous_bytes(status: str) -> int:
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon:")), 0)
