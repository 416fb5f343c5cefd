"""Which statements a cluster has run and what they cost, as pg_stat_statements counts them.

It is loaded with every server, and its view stands in the database “postgres”, where people can make nothing: what a
superuser runs there is what it was written to be.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

BLOCK_BYTES = 8192
_COUNTED = Path(__file__).with_name("statements.sql").read_bytes()


@dataclass(frozen=True)
class Cost:
    """All of it grows until it is reset. Sizes are blocks, of BLOCK_BYTES."""

    calls: int
    rows: int
    total_ms: float
    least_ms: float
    most_ms: float
    blocks_hit: int
    blocks_read: int
    blocks_written: int
    temporary_read: int
    temporary_written: int
    wal_bytes: int


@dataclass(frozen=True)
class Statement:
    """`text` has $1 instead of values, as a rule: of commands such as ALTER ROLE it has all that was written."""

    database_id: int
    database: str
    query_id: int
    text: str
    roles: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True)
class Counted:
    """`forgotten`: how often rare statements made room for others."""

    since: datetime
    forgotten: int
    statements: list[Statement]


def count_statements(connection: Connection[Any]) -> None:
    """Make what counts readable in the database “postgres”; idempotent. `connection` is a superuser's, to that."""
    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'").fetchone() is None:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")


def counted(connection: Connection[Any]) -> Counted:
    """As `count_statements`, and then what there is."""
    count_statements(connection)
    told = connection.execute("SELECT stats_reset, dealloc FROM public.pg_stat_statements_info").fetchone()
    assert told is not None
    found = [
        Statement(database_id, database, query_id, text, tuple(roles), _cost(cost))
        for database_id, database, query_id, text, roles, *cost in connection.execute(_COUNTED)
    ]
    return Counted(told[0], told[1], found)


def reset(connection: Connection[Any]) -> None:
    """Count from nothing again. Raises psycopg.Error."""
    count_statements(connection)
    connection.execute("SELECT public.pg_stat_statements_reset()")


def _cost(cost: list[Any]) -> Cost:
    calls, rows, total_ms, least_ms, most_ms, *sizes = cost
    return Cost(int(calls), int(rows), total_ms, least_ms, most_ms, *map(int, sizes))
