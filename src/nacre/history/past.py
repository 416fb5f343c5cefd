"""Looks at the past without changing the present: throw-away clusters recovered to a moment and kept warm a while."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from psycopg import Connection

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.core.progress import report
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.provision import ensure_role
from nacre.engines.postgres.recovery import private_seat, recover
from nacre.engines.postgres.session import connect
from nacre.engines.storage.driver import Storage
from nacre.history.bases import Bases
from nacre.history.positions import Position, Positions
from nacre.history.room import require_room
from nacre.history.wal import Wal

KEPT_WARM_S = 300.0
AT_MOST = 4
"""Warm clusters in all: each holds about 20 MB of memory and, without copy-on-write, a full copy on disk."""


@dataclass
class _Warm:
    branch_id: int
    cluster: Cluster
    private_dir: Path
    folder: Path
    used_at: float = 0.0
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Past:
    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        clusters: Clusters,
        storage: Storage,
        bases: Bases,
        positions: Positions,
        wal: Wal,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._storage = storage
        self._bases = bases
        self._positions = positions
        self._wal = wal
        self._warm: dict[tuple[int, int, int], _Warm] = {}
        self._numbers = count(1)
        self._guard = threading.Lock()

    @contextmanager
    def look(self, branch: Branch, position: Position, database: str) -> Iterator[Connection[Any]]:
        """A connection, as the person's role, to the database as it was; writes are refused by default.

        Raises what recovery raises. What somebody writes there all the same is thrown away with it.
        """
        warm = self._claim(branch, position)
        try:
            with warm.lock:
                if not warm.cluster.running:
                    self._recover(branch, position, warm)
            name = branch.ref.project
            with connect(
                private_seat(warm.private_dir), user=name, password=self._catalog.password(branch), database=database
            ) as connection:
                connection.execute("SET default_transaction_read_only = on")
                yield connection
        finally:
            with self._guard:
                warm.busy -= 1
                warm.used_at = time.monotonic()

    def close(self, branch: Branch) -> None:
        """Let go of all views of a branch."""
        with self._guard:
            gone = [key for key, warm in self._warm.items() if warm.branch_id == branch.id]
            views = [self._warm.pop(key) for key in gone]
        for warm in views:
            self._remove(warm)

    def let_cool(self, after_s: float = KEPT_WARM_S) -> None:
        """Let go of views that nobody used for a while."""
        with self._guard:
            oldest_first = sorted(self._warm, key=lambda key: self._warm[key].used_at)
            idle = [key for key in oldest_first if not self._warm[key].busy]
            cold = [key for key in idle if time.monotonic() - self._warm[key].used_at >= after_s]
            views = [self._warm.pop(key) for key in cold or idle[: max(0, len(self._warm) - AT_MOST)]]
        for warm in views:
            self._remove(warm)

    def sweep(self) -> None:
        """After a start, and before an end: no view outlives the daemon's memory of it."""
        self.let_cool(after_s=0)
        for branch in self._catalog.all_branches():
            folder = self._places.past(branch.ref)
            for view in folder.iterdir() if folder.is_dir() else ():
                self._remove(self._at(branch, view.name))

    def _claim(self, branch: Branch, position: Position) -> _Warm:
        where = position.last.start if position.last else 0
        key = (branch.id, position.generation_id, where)
        with self._guard:
            # A view of its own folder each time: an older one of the same moment may still be on its way out.
            warm = self._warm.get(key) or self._at(branch, str(next(self._numbers)))
            self._warm[key] = warm
            warm.busy += 1
            warm.used_at = time.monotonic()
        self.let_cool()
        return warm

    def _at(self, branch: Branch, name: str) -> _Warm:
        folder = self._places.past(branch.ref) / name
        private = self._clusters.private_seat(f"past-{name}").socket_dir
        return _Warm(branch.id, self._clusters.at(folder / "data"), private, folder)

    def _recover(self, branch: Branch, position: Position, warm: _Warm) -> None:
        report("recovering the past")
        self._remove(warm)
        source = self._positions.source(position)
        require_room(self._storage, self._places.home / "projects", source.base.size_bytes)
        warm.folder.mkdir(parents=True)
        warm.folder.parent.chmod(0o711)
        recover(
            self._bases.load(source.base),
            self._wal.chain(source.legs),
            position.last,
            warm.cluster,
            self._storage,
            private_dir=warm.private_dir,
            archive_dir=warm.folder / "wal",
            log_path=warm.folder / "log",
        )
        with connect(private_seat(warm.private_dir)) as connection:
            ensure_role(connection, branch.ref.project, self._catalog.password(branch))

    def _remove(self, warm: _Warm) -> None:
        if warm.cluster.data_dir.exists():
            warm.cluster.stop("immediate")
            self._storage.remove(warm.cluster.data_dir)
        self._storage.remove(warm.folder)
        shutil.rmtree(warm.private_dir, ignore_errors=True)
