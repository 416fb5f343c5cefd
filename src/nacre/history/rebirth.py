"""Brings a position back to life as a new generation: recovered privately, given its credentials, safely on disk."""

import shutil
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.core.progress import report
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.provision import ensure_database, ensure_role, furnish, set_superuser_password
from nacre.engines.postgres.recovery import Reached, private_seat, recover, settle
from nacre.engines.postgres.session import connect
from nacre.engines.postgres.statements import count_statements
from nacre.engines.storage.driver import Storage
from nacre.history.bases import Bases
from nacre.history.positions import Position, Source
from nacre.history.room import require_room
from nacre.history.wal import Wal


class Rebirth:
    def __init__(
        self, catalog: Catalog, places: Places, clusters: Clusters, storage: Storage, bases: Bases, wal: Wal
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._storage = storage
        self._bases = bases
        self._wal = wal

    def begin(self, branch: Branch, generation: Generation) -> None:
        """Make the first generation of a project: an empty database, ready to be started."""
        report("making the database")
        cluster = self._make_room(branch, generation)
        self._storage.create(cluster.data_dir)
        cluster.initialise(self._catalog.admin_password(branch))
        private, wal = self._private_dir(branch), self._places.wal(branch.ref, generation.number)
        # Without flushes: until `settle` has put all of it on disk, nothing of it is promised.
        cluster.start(private_seat(private), wal, self._log(branch), settings={"fsync": "off"})
        self._give_credentials(branch, private)
        name = branch.ref.project
        with connect(private_seat(private), database=name) as connection:
            furnish(connection, name, cluster.installation.given)
        settle(cluster, private)
        control = read_control(cluster.installation, cluster.data_dir, cluster.owner)
        self._catalog.update_generation(
            generation.id,
            timeline=control.timeline,
            start_lsn=control.redo,
            segment_bytes=control.segment_bytes,
            state="kept",
        )

    def recover(self, branch: Branch, generation: Generation, position: Position, source: Source) -> Reached:
        """Recover `position` as `generation` of `branch` (not necessarily the branch the position belongs to).

        Raises Damaged, NoSpace or Failed; what was made by then is for `discard`.
        """
        base = self._bases.load(source.base)
        require_room(self._storage, self._places.home / "projects", source.base.size_bytes)
        cluster = self._make_room(branch, generation)
        private, wal = self._private_dir(branch), self._places.wal(branch.ref, generation.number)
        reached = recover(
            base,
            self._wal.chain(source.legs),
            position.last,
            cluster,
            self._storage,
            private_dir=private,
            archive_dir=wal,
            log_path=self._log(branch),
        )
        report("settling")
        self._give_credentials(branch, private)
        reached.seconds.update(settle(cluster, private))
        parent = next(leg.generation for leg in source.legs if leg.generation.timeline == reached.parent_timeline)
        self._catalog.update_generation(
            generation.id,
            timeline=reached.timeline,
            parent_id=parent.id,
            start_lsn=reached.lsn,
            state="kept",
        )
        return reached

    def discard(self, branch: Branch, generation: Generation) -> None:
        """Remove all there is of a generation that nobody will use."""
        private = self._private_dir(branch)
        self._clusters.cluster(branch, generation).stop("immediate")
        shutil.rmtree(private, ignore_errors=True)
        folder = self._places.generation(branch.ref, generation.number)
        for inner in (folder / "data", *_children(folder / "bases")):
            self._storage.remove(inner)
        self._storage.remove(folder)
        self._wal.forget(generation.id)

    def _make_room(self, branch: Branch, generation: Generation) -> Cluster:
        folder = self._places.generation(branch.ref, generation.number)
        folder.mkdir(parents=True)
        self._storage.sweep(folder)
        return self._clusters.cluster(branch, generation)

    def _give_credentials(self, branch: Branch, private: Path) -> None:
        """The recovered roles carry the passwords of their time, or of the parent branch: set this branch's own."""
        name = branch.ref.project
        with connect(private_seat(private)) as connection:
            set_superuser_password(connection, self._catalog.admin_password(branch))
            count_statements(connection)
            ensure_role(connection, name, self._catalog.password(branch))
            ensure_database(connection, name, name)

    def _private_dir(self, branch: Branch) -> Path:
        return self._clusters.private_seat(f"new-{branch.id}").socket_dir

    def _log(self, branch: Branch) -> Path:
        return self._places.postgres_log(branch.ref)


def _children(folder: Path) -> list[Path]:
    return [path / "data" for path in folder.iterdir()] if folder.is_dir() else []
