"""The barrier: pairs a position in the WAL with one in the journal of files, with no skew between them.

Both are noted around the same instant, and the pair is accepted only if one of the two did not move while the other
was noted: then it is a state that really was. If neither holds still, every Postgres process but our own backend is
stopped for the few milliseconds the noting takes: nobody can commit meanwhile, so the pair is exact again.
"""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

from nacre.branches.catalog import Branch, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.errors import Unavailable
from nacre.engines.files.tree import Tree
from nacre.engines.postgres.freeze import frozen
from nacre.engines.postgres.lsn import Lsn, parse_lsn
from nacre.history.wal import Wal

_TRIES = 3
_FROZEN_AT_MOST_S = 2.0


@dataclass(frozen=True)
class Instant:
    """One state of a branch: database position and journal sequence that belong together.

    `settled_by` says what made the pair exact: the files or the database held still, or the database was frozen or
    did not run at all.
    """

    time: datetime
    generation_id: int
    lsn: Lsn
    files_seq: int
    settled_by: Literal["files", "database", "freeze", "stopped"]


class Barrier:
    def __init__(self, clusters: Clusters, trees: Trees, wal: Wal, clock: Clock) -> None:
        self._clusters = clusters
        self._trees = trees
        self._wal = wal
        self._clock = clock

    def take(self, branch: Branch) -> Instant:
        """Note the present of a branch, every file change before the call included (also those by mmap)."""
        generation = self._clusters.live_generation(branch)
        tree = self._trees.tree(branch)
        seq = tree.barrier(rescan=True).seq
        if not self._clusters.serves(branch):
            return Instant(self._clock(), generation.id, self._last_position(generation), seq, "stopped")
        with self._clusters.admin(branch) as connection:
            lsn, seq, settled_by = self._pair(branch, connection, tree)
            time = self._clock()
            _flush(connection, lsn)
        return Instant(time, generation.id, lsn, seq, settled_by)

    def _last_position(self, generation: Generation) -> Lsn:
        """Of a database that does not run: it may be broken, and a rewind the only rescue, so its WAL is asked."""
        last = self._wal.commits(generation.id).latest()
        return last.end if last else Lsn(generation.start_lsn or 0)

    def settle(self, branch: Branch, *, unannounced: bool) -> None:
        """Have all that happened before the call where history is read from: the journal, and the WAL on disk.

        `unannounced`: also what nothing announces, file changes by mmap and commits that did not wait for the disk.
        """
        self._trees.tree(branch).barrier(rescan=unannounced)
        if unannounced and self._clusters.serves(branch):
            with self._clusters.admin(branch) as connection:
                _flush(connection, _position(connection))

    def _pair(
        self, branch: Branch, connection: Connection[Any], tree: Tree
    ) -> tuple[Lsn, int, Literal["files", "database", "freeze"]]:
        for _ in range(_TRIES):
            before = tree.barrier(rescan=False)
            lsn = _position(connection)
            after = tree.barrier(rescan=False)
            if after.events == before.events:
                return lsn, after.seq, "files"
            if _position(connection) == lsn:
                return lsn, after.seq, "database"
        return self._pair_frozen(branch, connection, tree)

    def _pair_frozen(
        self, branch: Branch, connection: Connection[Any], tree: Tree
    ) -> tuple[Lsn, int, Literal["freeze"]]:
        running = self._clusters.live(branch).adopt()
        if running is None:
            raise Unavailable("postgres-stopped", f"The Postgres of {branch.ref} is not running.")
        with frozen(running, _FROZEN_AT_MOST_S):
            with suppress(ProcessLookupError):
                os.kill(connection.info.backend_pid, signal.SIGCONT)
            lsn = _position(connection)
            seq = tree.barrier(rescan=False).seq
        return lsn, seq, "freeze"


def _position(connection: Connection[Any]) -> Lsn:
    row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
    assert row is not None
    return parse_lsn(row[0])


def _flush(connection: Connection[Any], lsn: Lsn) -> None:
    """Have the WAL up to `lsn` on disk: commits that did not wait for it (synchronous_commit = off) count too."""
    row = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
    assert row is not None
    if parse_lsn(row[0]) >= lsn:
        return
    if connection.info.server_version >= 170000:
        connection.execute("SELECT pg_logical_emit_message(false, 'nacre', '', true)")
    else:
        connection.execute("SET synchronous_commit = on")
        connection.execute("SELECT pg_current_xact_id()")  # a transaction of ours, as there is no other way
