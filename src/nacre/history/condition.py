"""How the time machine of a branch does, in numbers: how far behind it is, how far back it reaches, what it takes."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns
from nacre.core.errors import Damaged
from nacre.engines.postgres.wal import segments_in
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.bases import Bases
from nacre.history.positions import Positions
from nacre.history.spacing import due_after_bytes
from nacre.history.verified import Verifications


@dataclass(frozen=True)
class Condition:
    """Times are seconds, sizes bytes; not a number is what is not known. `base_late` is the log since the newest base,
    by what one is taken after: 1 when it is due. `window_wanted_s` is how far back it should reach by now."""

    journal_lag_s: float
    journal_behind: float
    window_s: float
    window_wanted_s: float
    log_bytes: float
    bases_bytes: float
    files_bytes: float
    archive_lag_s: float
    bases: float
    bases_damaged: float
    base_age_s: float
    base_late: float
    verified_age_s: float
    faults: float
    failing: float


class Conditions:
    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        trees: Trees,
        basebook: Basebook,
        bases: Bases,
        positions: Positions,
        verifications: Verifications,
        trouble: Callable[[], Mapping[str, str]],
        retention: timedelta,
        clock: Clock,
    ) -> None:
        """`trouble` says, by branch, what the keeping of history could not do."""
        self._catalog = catalog
        self._places = places
        self._trees = trees
        self._basebook = basebook
        self._bases = bases
        self._positions = positions
        self._verifications = verifications
        self._trouble = trouble
        self._retention = retention
        self._clock = clock
        self._begins: dict[int, tuple[tuple[int | None, ...], datetime]] = {}

    def of(self, branch: Branch) -> Condition:
        """Of a branch that runs. Looks into folders and data.db, never into what is kept itself."""
        now = self._clock()
        generations = self._catalog.generations_of(branch.id)
        live = next(one for one in generations if one.id == branch.generation_id)
        kept = [row for one in generations for row in self._basebook.all(one.id) if row.state in ("ready", "damaged")]
        ready = [row for row in kept if row.state == "ready"]
        newest = max(ready, key=lambda row: row.taken_at, default=None)
        watched = self._trees.tree(branch).health()
        verified = self._verifications.last(branch.id)
        return Condition(
            journal_lag_s=watched.lag_s,
            journal_behind=watched.behind,
            window_s=self._window_s(branch, ready, now),
            window_wanted_s=min(now - branch.created_at, self._retention).total_seconds(),
            log_bytes=sum(self._archived(branch, generations)),
            bases_bytes=sum(row.bytes_copied for row in kept),
            files_bytes=self._trees.history(branch.ref.project).size_bytes(),
            archive_lag_s=self._archive_lag_s(branch, live, now),
            bases=len(ready),
            bases_damaged=len(kept) - len(ready),
            base_age_s=nan if newest is None else (now - newest.taken_at).total_seconds(),
            base_late=self._base_late(branch, live, [row for row in ready if row.generation_id == live.id]),
            verified_age_s=(now - (verified.time if verified else branch.created_at)).total_seconds(),
            faults=verified.faults if verified else nan,
            failing=str(branch.ref) in self._trouble(),
        )

    def _window_s(self, branch: Branch, ready: Sequence[BaseRow], now: datetime) -> float:
        try:
            database = self._database_from(branch, ready)
        except Damaged:  # then nobody can tell, and `history verify` names what is
            return nan
        return (now - max(database, from_ns(self._trees.tree(branch).window()))).total_seconds()

    def _database_from(self, branch: Branch, ready: Sequence[BaseRow]) -> datetime:
        """The log may have to be read for it, and it stays the same while the bases do."""
        key = (branch.generation_id, *(row.id for row in ready))
        known = self._begins.get(branch.id)
        if known is None or known[0] != key:
            known = self._begins[branch.id] = (key, self._positions.window_start(branch))
        return known[1]

    def _archived(self, branch: Branch, generations: list[Generation]) -> Iterator[int]:
        for generation in generations:
            yield from _sizes(self._places.wal(branch.ref, generation.number))

    def _archive_lag_s(self, branch: Branch, live: Generation, now: datetime) -> float:
        """For how long the oldest finished piece of the log has waited to be archived."""
        status = self._places.data(branch.ref, live.number) / "pg_wal" / "archive_status"
        oldest_s = min(_times_s(status.glob("*.ready")), default=None)
        return 0.0 if oldest_s is None else max(now.timestamp() - oldest_s, 0.0)

    def _base_late(self, branch: Branch, live: Generation, ready: Sequence[BaseRow]) -> float:
        folder = self._places.data(branch.ref, live.number) / "pg_wal"
        segments = segments_in(folder, live.timeline, live.segment_bytes)
        if not ready or not segments:
            return nan
        gathered = segments[-1].number * live.segment_bytes - ready[-1].end_lsn
        return max(gathered, 0) / due_after_bytes(self._bases.cost(ready[-1]))


def _sizes(folder: Path) -> Iterator[int]:
    """Of the files in a folder; what goes meanwhile counts as nothing."""
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):
                yield entry.stat().st_size


def _times_s(paths: Iterable[Path]) -> Iterator[float]:
    for path in paths:
        with suppress(FileNotFoundError):
            yield path.stat().st_mtime
