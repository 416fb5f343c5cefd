"""Works in the background so that rewinds stay short: takes bases as they fall due, indexes WAL, lets go of the old."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.locks import Locks
from nacre.core.errors import Conflict, NacreError
from nacre.core.procedures import Procedures
from nacre.core.progress import watched_by
from nacre.core.worker import Worker
from nacre.engines.postgres.wal import segments_in
from nacre.history.basebook import Basebook
from nacre.history.bases import Bases
from nacre.history.collecting import Collecting
from nacre.history.past import Past
from nacre.history.retention import Retention
from nacre.history.spacing import Cost, is_due
from nacre.history.wal import Wal

_log = structlog.get_logger()
_EVERY_S = 1.0
_COLLECT_EVERY_S = 600.0
_RETRY_EVERY_S = 30.0
_MAKE_WAY_AT_MOST = 5
"""Bases given up in a row for somebody who waited: without any, replay would grow without end."""


@dataclass
class _Seen:
    """What the keeper remembers of a branch between rounds, so that an idle branch costs one folder listing."""

    branch: Branch
    generation: Generation
    newest_segment: int = -1
    based_at_lsn: int = 0
    based_at_s: float = 0.0
    cost: Cost | None = None


class Keeper(Worker):
    """`stop` lets the round under way come to its end."""

    def __init__(
        self,
        catalog: Catalog,
        clusters: Clusters,
        locks: Locks,
        basebook: Basebook,
        bases: Bases,
        wal: Wal,
        past: Past,
        retention: Retention,
        collecting: Collecting,
        procedures: Procedures,
    ) -> None:
        super().__init__("keeper")
        self._catalog = catalog
        self._clusters = clusters
        self._locks = locks
        self._basebook = basebook
        self._bases = bases
        self._wal = wal
        self._past = past
        self._retention = retention
        self._collecting = collecting
        self._procedures = procedures
        self._retried_at_s: dict[int, float] = {}
        self._made_way: Counter[int] = Counter()
        self._seen: dict[int, _Seen] = {}
        self._collected_at_s = time.monotonic()
        self.trouble: dict[str, str] = {}

    def _work(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            branches = self._catalog.running_branches()
            for branch in branches:
                if not self._stopping.is_set():
                    self._guarded(str(branch.ref), partial(self._tend, branch))
            self._guarded("the past", self._past.let_cool)
            now = time.monotonic()
            if now - self._collected_at_s > _COLLECT_EVERY_S:
                self._collected_at_s = now
                for project in {branch.ref.project for branch in branches}:
                    self._guarded(project, partial(self._collecting.collect, project, patience_s=0))

    def _guarded(self, what: str, work: Callable[[], object]) -> None:
        """Trouble with one thing is told in the log and the status, and is tried again; it never stops the keeper."""
        try:
            work()
            self.trouble.pop(what, None)
        except Conflict:
            return  # busy: it will be looked at in the next round
        except NacreError as error:
            if self.trouble.get(what) != error.message:
                _log.warning("keeping history failed", of=what, code=error.code, error=error.message)
            self.trouble[what] = error.message
        except Exception as error:
            _log.exception("keeping history crashed", of=what)
            self.trouble[what] = f"{type(error).__name__}: {error}"

    def _tend(self, branch: Branch) -> None:
        with self._locks.hold(branch.ref, patience_s=0):
            present = self._catalog.branch_by_id(branch.id)
            if present.state != "running":
                return
            self._retry(present)
            due = self._is_due(present)
        if due:
            with suppress(
                NacreError
            ):  # cut off by a rewind; for any other reason, taking the base fails too, and tells
                self._bases.approach(present)  # it may take seconds, so whoever wants the branch gets it meanwhile
            with self._locks.hold(branch.ref, patience_s=0):
                if self._catalog.branch_by_id(branch.id) == present:
                    self._take(present)

    def _retry(self, branch: Branch) -> None:
        """What could not be finished, a start of Postgres for example, may succeed by now."""
        due = time.monotonic() - self._retried_at_s.get(branch.id, 0.0) > _RETRY_EVERY_S
        if due and str(branch.ref) in self._procedures.trouble():
            self._retried_at_s[branch.id] = time.monotonic()
            self._procedures.settle(branch.ref)

    def _is_due(self, branch: Branch) -> bool:
        """Index what was archived since, and tell whether replaying it would take too long."""
        seen = self._remembered(branch)
        pg_wal = self._clusters.cluster(branch, seen.generation).data_dir / "pg_wal"
        segments = segments_in(pg_wal, seen.generation.timeline, seen.generation.segment_bytes)
        newest = segments[-1].number if segments else -1
        if newest != seen.newest_segment:
            self._wal.index(seen.generation).extend()
            seen.newest_segment = newest
        gathered = max(0, newest * seen.generation.segment_bytes - seen.based_at_lsn)
        return seen.cost is None or is_due(seen.cost, gathered, time.monotonic() - seen.based_at_s)

    def _take(self, branch: Branch) -> None:
        with watched_by(lambda _: self._make_way(branch)):
            self._bases.take_live(branch)
        self._made_way[branch.id] = 0
        self._retention.thin(self._seen.pop(branch.id).generation)

    def _make_way(self, branch: Branch) -> None:
        """A base can wait for somebody who wants the branch now, but not for ever."""
        if self._locks.wanted(branch.ref) and self._made_way[branch.id] < _MAKE_WAY_AT_MOST:
            self._made_way[branch.id] += 1
            raise Conflict("branch-wanted", f"Somebody waits for {branch.ref}; its base is taken later.")

    def _remembered(self, branch: Branch) -> _Seen:
        seen = self._seen.get(branch.id)
        if seen is None or seen.branch != branch:  # it was rewound, or is another that was given the same number
            seen = _Seen(branch, self._clusters.live_generation(branch))
            bases = self._basebook.ready(seen.generation.id)
            if bases:
                newest = bases[-1]
                seen.based_at_lsn = newest.end_lsn
                seen.based_at_s = time.monotonic()
                seen.cost = self._bases.cost(newest)
            self._seen[branch.id] = seen
        return seen
