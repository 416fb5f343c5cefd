"""Takes bases of live clusters, loads and removes them; the rows in the basebook say which of them count."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.core.clock import Clock
from nacre.core.errors import Damaged
from nacre.engines.postgres import bases as engine
from nacre.engines.postgres import verify
from nacre.engines.storage.driver import Storage
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.room import disk_bytes, require_room
from nacre.history.spacing import Cost

SEALED_AT_ONCE_BYTES = 64 << 20
"""A new project's first base is this small, and its digests cost 20 ms; larger ones are the keeper's to digest."""


class Bases:
    def __init__(
        self, catalog: Catalog, places: Places, clusters: Clusters, storage: Storage, basebook: Basebook, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._storage = storage
        self._basebook = basebook
        self._clock = clock

    def approach(self, branch: Branch) -> None:
        """Have the branch's cluster written out so far that a base of it costs little. Takes seconds under load."""
        with self._clusters.admin(branch) as connection:
            engine.limit_replay(connection, engine.LONGEST_REPLAY_BYTES if self._storage.atomic else 0)

    def take_live(self, branch: Branch) -> BaseRow:
        """A base of the branch's running cluster, which goes on serving. Raises NoSpace, Failed."""
        with self._clusters.admin(branch) as connection:
            return self._take(self._clusters.live_generation(branch), connection)

    def take_cold(self, generation: Generation) -> BaseRow:
        """A base of a generation whose cluster is stopped."""
        return self._take(generation, None)

    def cost(self, row: BaseRow) -> Cost:
        """What a base cost, as the rule for the next one wants to know it."""
        size_bytes = int(row.detail.get("size_bytes", 0))
        return Cost(self._storage.copy_on_write, row.seconds, size_bytes, self._storage.atomic)

    def seal_one(self, generation: Generation, from_age_s: float) -> bool:
        """Note the digests of the newest base of that age that has none; returns whether there was one."""
        oldest = self._clock() - timedelta(seconds=from_age_s)
        for row in reversed(self._basebook.ready(generation.id)):
            if row.taken_at <= oldest and not row.detail.get("sealed"):
                try:
                    verify.seal(self.load(row))
                except Damaged as damage:
                    self.set_aside(row, damage)
                    raise
                self._basebook.note(row.id, {**row.detail, "sealed": True})
                return True
        return False

    def of(self, generation: Generation) -> list[BaseRow]:
        """All bases of a generation, oldest first."""
        return self._basebook.all(generation.id)

    def load(self, row: BaseRow) -> engine.Base:
        """Raises Damaged if the base has no readable manifest."""
        return engine.load(self.path(row))

    def prove(self, row: BaseRow) -> None:
        """Raises Damaged, for the first of its faults, if a base is not what it was when it was taken.

        Costs a look at the name, size and time of every file; `faults` reads them.
        """
        found = verify.touched(self.load(row))
        if found:
            raise found[0]

    def faults(self, row: BaseRow) -> list[Damaged]:
        """Everything wrong with a base; if it is sealed, reads all of it."""
        try:
            return verify.faults(self.load(row), self._clusters.installation, self._clusters.owner)
        except Damaged as error:
            return [error]

    def set_aside(self, row: BaseRow, why: Damaged) -> bool:
        """Recover from this base no more, but keep it, so that it can be looked into, as long as its moments.

        Returns False if it is gone already: then it was no damage.
        """
        return self._basebook.set_aside(row.id, {**row.detail, "damage": why.message})

    def path(self, row: BaseRow) -> Path:
        generation = self._catalog.generation(row.generation_id)
        ref = self._catalog.branch_by_id(generation.branch_id).ref
        return self._places.base(ref, generation.number, row.number)

    def remove(self, row: BaseRow) -> None:
        """Remove a base; cut off in the middle, `sweep` finishes it."""
        self._basebook.condemn(row.id)
        self._storage.remove(self.path(row))
        self._basebook.forget(row.id)

    def sweep(self) -> None:
        """After a start: throw away bases that were being taken or removed when the daemon died."""
        for row in self._basebook.unsettled():
            self.remove(row)

    def _take(self, generation: Generation, connection: Connection[Any] | None) -> BaseRow:
        branch = self._catalog.branch_by_id(generation.branch_id)
        data_dir = self._places.data(branch.ref, generation.number)
        require_room(self._storage, data_dir, 0 if self._storage.copy_on_write else disk_bytes(data_dir))
        row = self._basebook.claim(generation.id, self._storage.name, self._clock())
        try:
            base = engine.take(
                self._clusters.cluster(branch, generation), self._storage, self.path(row), connection, now=row.taken_at
            )
        except BaseException:
            self._storage.remove(self.path(row))
            self._basebook.forget(row.id)
            raise
        size_bytes = sum(one.size_bytes for one in engine.traces(self.path(row)).values())
        sealed = connection is None and size_bytes <= SEALED_AT_ONCE_BYTES
        if sealed:
            verify.seal(base)
        return self._basebook.settle(
            row.id,
            redo_lsn=base.redo_lsn,
            end_lsn=base.end_lsn,
            bytes_copied=base.bytes_copied,
            seconds=base.seconds,
            detail={"method": base.method, "size_bytes": size_bytes, "sealed": sealed},
        )
