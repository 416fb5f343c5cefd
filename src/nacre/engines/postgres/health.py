"""How clusters are, in numbers: sessions, locks, transactions, cache, log. Many are asked at once."""

import select
import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

K = TypeVar("K", bound=Hashable)
_SQL = (Path(__file__).parent / "health.sql").read_bytes()
_NAME = b"health"


@dataclass(frozen=True)
class Health:
    """In the order of health.sql. What is counted is so since the statistics were reset; times are seconds."""

    connections: float
    connections_most: float
    active: float
    idle_in_transaction: float
    idle_in_transaction_longest_s: float
    transaction_longest_s: float
    blocked: float
    blocked_longest_s: float
    commits: float
    rollbacks: float
    blocks_hit: float
    blocks_read: float
    rows_returned: float
    rows_changed: float
    deadlocks: float
    temporary_files: float
    temporary_bytes: float
    wal_written_bytes: float
    archive_waiting_bytes: float
    archive_failed: float
    xid_age: float


def prepare(connection: Connection[Any]) -> None:
    """Make a superuser's connection ready to be asked for its cluster's health. Raises psycopg.Error."""
    prepared = connection.pgconn.prepare(_NAME, _SQL)
    if prepared.status != ExecStatus.COMMAND_OK:
        raise psycopg.DatabaseError(prepared.error_message.decode(errors="replace"))


def healths(connections: Mapping[K, Connection[Any]], patience_s: float) -> Iterator[tuple[K, Health]]:
    """Ask all of them at once, by prepared connections; each answer takes its server about a millisecond.

    Whoever has not answered in this time is left out, as is who cannot: such a connection is of no more use.
    """
    poll, asked = select.poll(), dict[int, tuple[K, PGconn]]()
    for key, connection in connections.items():
        try:
            connection.pgconn.send_query_prepared(_NAME, None)
            asked[connection.pgconn.socket] = key, connection.pgconn
        except psycopg.Error:
            continue
        poll.register(connection.pgconn.socket, select.POLLIN)
    end = time.monotonic() + patience_s
    while asked and (left_s := end - time.monotonic()) > 0:
        for socket, _ in poll.poll(left_s * 1000):
            key, server = asked[socket]
            try:
                server.consume_input()
                if server.is_busy():
                    continue
                found = _read(server)
            except psycopg.Error:
                found = None
            poll.unregister(socket)
            del asked[socket]
            if found is not None:
                yield key, found


def _read(server: PGconn) -> Health | None:
    found = None
    while (result := server.get_result()) is not None:
        if result.status == ExecStatus.TUPLES_OK:
            found = Health(*(float(result.get_value(0, column) or 0) for column in range(result.nfields)))
    return found
