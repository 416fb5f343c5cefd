"""Lets go of history that no kept moment needs: bases, WAL, old data directories, file versions.

Kept is every moment of the last `retention_days` of every branch, as far as the caps allow, and whatever recovering
one of them takes. First it is decided, as plain data, what goes; then it goes, step by step.
"""

import os
import shutil
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from nacre.branches import tables as rows
from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, to_ns
from nacre.core.procedures import State, Step
from nacre.core.settings import Settings
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.wal import segments_in
from nacre.engines.storage.driver import Storage
from nacre.engines.storage.flush import flush
from nacre.history import tables
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.bases import Bases
from nacre.history.lineage import Lineage
from nacre.history.needs import Needs, needs_of
from nacre.history.positions import Positions
from nacre.history.rebirth import Rebirth
from nacre.history.spacing import thin_out
from nacre.history.wal import Wal


class Retention:
    """The procedure. Its state: project, refs; decided in its first step: bases, wal, purge, generations, files."""

    kind = "collect"
    commit = "decide"
    removes = False

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        places: Places,
        clusters: Clusters,
        trees: Trees,
        storage: Storage,
        basebook: Basebook,
        bases: Bases,
        lineage: Lineage,
        positions: Positions,
        rebirth: Rebirth,
        wal: Wal,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._trees = trees
        self._storage = storage
        self._basebook = basebook
        self._bases = bases
        self._lineage = lineage
        self._positions = positions
        self._rebirth = rebirth
        self._wal = wal
        self._clock = clock

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("decide", self._decide),
            Step("bases", self._drop_bases),
            Step("data directories", self._purge),
            Step("generations", self._drop_generations),
            Step("wal", self._drop_wal),
            Step("files", self._drop_files),
        )

    def thin(self, generation: Generation) -> None:
        """Remove the bases of one generation that stand too close together; the oldest stays."""
        for row in self._too_close(generation, None):
            self._bases.remove(row)

    def _decide(self, state: State) -> None:
        project = self._catalog.project(state["project"])
        branches = [branch for branch in self._catalog.all_branches(project.id) if branch.generation_id is not None]
        horizons = {branch.id: self._horizon(branch) for branch in branches}
        needs = needs_of(branches, horizons, self._lineage, self._positions)
        generations = [one for branch in branches for one in self._catalog.generations_of(branch.id)]
        live = {branch.generation_id for branch in branches}
        gone = [one for one in generations if one.id not in needs.generations and one.id not in live]
        kept = [one for one in generations if one not in gone]
        state["bases"] = [row.id for one in kept for row in self._too_close(one, needs)]
        state["bases"] += [row.id for one in kept for row in self._outlived(one, horizons[one.branch_id])]
        state["generations"] = [one.id for one in gone]
        state["purge"] = self._to_purge(branches, kept, live)
        state["wal"] = {str(one.id): needs.wal_from(one, self._basebook.ready(one.id), state["bases"]) for one in kept}
        state["files"] = {str(branch.id): to_ns(horizons[branch.id]) for branch in branches}

    def _horizon(self, branch: Branch) -> datetime:
        """The oldest moment to keep: as settings say, or later where the cap on bases and WAL would be exceeded."""
        oldest = self._clock() - timedelta(days=self._settings.retention_days)
        cap_bytes = self._settings.wal_cap_gb * 1e9
        used = 0.0
        for generation in reversed(self._catalog.generations_of(branch.id)):
            archive = self._places.wal(branch.ref, generation.number)
            segments = segments_in(archive, generation.timeline, generation.segment_bytes) if archive.is_dir() else []
            bases = self._basebook.ready(generation.id)
            for newer, row in zip([None, *reversed(bases)], reversed(bases), strict=False):
                until = newer.redo_lsn if newer else None
                used += row.bytes_copied
                used += sum(
                    generation.segment_bytes
                    for segment in segments
                    if segment.end > row.redo_lsn and (until is None or segment.end <= until)
                )
                if used > cap_bytes:
                    return max(oldest, newer.taken_at if newer else row.taken_at)
        return oldest

    def _too_close(self, generation: Generation, needs: Needs | None) -> list[BaseRow]:
        newest_first = self._basebook.ready(generation.id)[::-1]
        if not newest_first:
            return []
        needed = len(newest_first) - 1
        if needs is not None and generation.id in needs.bases:
            needed = next(i for i, row in enumerate(newest_first) if row.id == needs.bases[generation.id])
        now = self._clock()
        ages_s = [max(0.0, (now - row.taken_at).total_seconds()) for row in newest_first]
        keep = thin_out(ages_s, needed, self._storage.copy_on_write)
        return [row for index, row in enumerate(newest_first) if index not in keep]

    def _outlived(self, generation: Generation, horizon: datetime) -> list[BaseRow]:
        """Damaged bases stay, for whoever looks into the damage, as long as the moments they were taken for."""
        return [row for row in self._basebook.damaged(generation.id) if row.taken_at < horizon]

    def _to_purge(self, branches: list[Branch], kept: list[Generation], live: set[int | None]) -> list[int]:
        """Data directories of generations that were left. Sharing blocks they cost little and stay for a quick undo;
        as full copies only that of each branch's last one stays."""
        if self._storage.copy_on_write:
            return []
        purge: list[int] = []
        for branch in branches:
            left = [one for one in kept if one.branch_id == branch.id and one.id not in live and one.state == "kept"]
            purge += [one.id for one in left[:-1]]
        return purge

    def _drop_bases(self, state: State) -> None:
        wanted = set(state["bases"])
        for branch in self._branches(state):
            for generation in self._catalog.generations_of(branch.id):
                for row in self._bases.of(generation):
                    if row.id in wanted:
                        self._bases.remove(row)

    def _purge(self, state: State) -> None:
        for branch in self._branches(state):
            for generation in self._catalog.generations_of(branch.id):
                if generation.id in state["purge"]:
                    self._save_last_wal(branch, generation)
                    self._storage.remove(self._places.data(branch.ref, generation.number))
                    self._catalog.update_generation(generation.id, state="purged")

    def _save_last_wal(self, branch: Branch, generation: Generation) -> None:
        """What was never archived lies in pg_wal only: the last, unfinished segment, and timeline histories."""
        archive = self._places.wal(branch.ref, generation.number)
        pg_wal = self._places.data(branch.ref, generation.number) / "pg_wal"
        for path in pg_wal.iterdir() if pg_wal.is_dir() else ():
            target = archive / path.name
            if path.is_file() and not target.exists():
                unfinished = archive / f".{path.name}.unfinished"
                shutil.copy2(path, unfinished)
                os.chown(unfinished, path.stat().st_uid, path.stat().st_gid)  # the database user reads archives
                flush(archive)
                unfinished.rename(target)
        flush(archive)

    def _drop_generations(self, state: State) -> None:
        for branch in self._branches(state):
            for generation in self._catalog.generations_of(branch.id):
                if generation.id in state["generations"]:
                    for row in self._bases.of(generation):
                        self._bases.remove(row)
                    self._rebirth.discard(branch, generation)
                    self._drop_rows(generation)

    def _drop_rows(self, generation: Generation) -> None:
        with self._catalog.store.write() as connection:
            connection.execute(delete(tables.log).where(tables.log.c.generation_id == generation.id))
            connection.execute(delete(tables.activations).where(tables.activations.c.generation_id == generation.id))
            children = rows.generations.c.parent_id == generation.id
            connection.execute(update(rows.generations).where(children).values(parent_id=None))
            connection.execute(delete(rows.generations).where(rows.generations.c.id == generation.id))

    def _drop_wal(self, state: State) -> None:
        for branch in self._branches(state):
            for generation in self._catalog.generations_of(branch.id):
                from_lsn = state["wal"].get(str(generation.id))
                if from_lsn is None:
                    continue
                self._wal.index(generation).prune(Lsn(from_lsn))

    def _drop_files(self, state: State) -> None:
        history = self._trees.history(state["project"])
        history.collect(state["files"], {})
        history.enforce_cap(int(self._settings.history_cap_gb * 1e9), {})

    def _branches(self, state: State) -> list[Branch]:
        return self._catalog.all_branches(self._catalog.project(state["project"]).id)
