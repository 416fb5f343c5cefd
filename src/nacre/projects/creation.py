"""Makes a branch: a project's first, empty, or one that carries on from a position in another's history."""

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from nacre.accounts.members import found
from nacre.branches import tables
from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.names import MAIN, Ref
from nacre.core.principals import Principal, Role
from nacre.core.procedures import State, Step
from nacre.core.progress import report
from nacre.engines.storage.driver import Storage
from nacre.history.bases import Bases
from nacre.history.lineage import Lineage
from nacre.history.logbook import Entry, Logbook
from nacre.history.positions import Position, Positions
from nacre.history.rebirth import Rebirth
from nacre.history.saved import restore, save
from nacre.projects.removal import Removal

BringIn = Callable[[Branch, str, bool], None]
"""Fills a new project's files from a repository elsewhere; the last says whether it may be at any address at all."""


class Creation:
    """The procedure; `begin` makes the state it starts from.

    As it goes it adds: branch_id, generation_id, files_seq, lsn, storage, seconds by phase.
    """

    kind = "create"
    commit = "open"
    removes = False

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        clusters: Clusters,
        trees: Trees,
        storage: Storage,
        bases: Bases,
        lineage: Lineage,
        logbook: Logbook,
        positions: Positions,
        rebirth: Rebirth,
        removal: Removal,
        bring_in: BringIn,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._trees = trees
        self._storage = storage
        self._bases = bases
        self._lineage = lineage
        self._logbook = logbook
        self._positions = positions
        self._rebirth = rebirth
        self._removal = removal
        self._bring_in = bring_in
        self._clock = clock

    @staticmethod
    def begin(
        ref: Ref,
        who: Principal,
        parent: Branch | None = None,
        position: Position | None = None,
        *,
        production: bool = False,
        origin: str | None = None,
    ) -> State:
        """The state for creating `ref`: empty, or (both given) from `position` in the history of `parent`.

        `production`: as the branch of a published app. `origin`: a repository elsewhere, for the files of an empty one.
        """
        return {
            "run": uuid.uuid4().hex,
            "ref": str(ref),
            "refs": [str(ref)],
            "who": str(who),
            "person": who.person,
            "parent_id": parent.id if parent else None,
            "position": save(position) if position else None,
            "production": production,
            "origin": origin,
            "anywhere": who.role >= Role.ADMIN,
        }

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("claim", self._claim, self._remove),
            Step("files", self._fill_files),
            Step("database", self._make_database),
            Step("open", self._open, self._unsay),
            Step("start", self._start),
        )

    def _claim(self, state: State) -> None:
        branch = self._catalog.add_branch(
            Ref.parse(state["ref"]), state["parent_id"], production=state.get("production", False)
        )
        state["branch_id"] = branch.id

    def _remove(self, state: State) -> None:
        """Under the lock on its name, a branch found “creating” is this procedure's; whatever there is of it goes."""
        ref = Ref.parse(state["ref"])
        for project in self._catalog.all_projects():
            if project.name == ref.project:
                for branch in self._catalog.all_branches(project.id):
                    if branch.ref == ref and branch.state in ("creating", "running"):
                        self._removal.remove(branch)
                if ref.branch == MAIN:
                    self._removal.remove_project(project)

    def _fill_files(self, state: State) -> None:
        report("laying out the files")
        branch = self._branch(state)
        self._make_folders(branch)
        started = time.monotonic()
        tree = self._trees.tree(branch)
        if state["position"] is not None:
            source = self._trees.tree(self._catalog.branch_by_id(state["parent_id"]))
            tree.branch_from(source, state["position"]["files_seq"])
        if state.get("origin"):
            self._bring_in(branch, state["origin"], state["anywhere"])
        self._trees.watch(branch)
        state["files_seq"] = tree.barrier(rescan=False).seq
        state["seconds"] = {"files": time.monotonic() - started}

    def _make_database(self, state: State) -> None:
        branch = self._branch(state)
        generation = self._catalog.add_generation(branch.id, None, None, 0, 16 << 20)
        state["generation_id"] = generation.id
        if state["position"] is None:
            started = time.monotonic()
            self._rebirth.begin(branch, generation)
            state["seconds"]["database"] = time.monotonic() - started
            state["storage"] = {"kind": self._storage.name, "copy_on_write": self._storage.copy_on_write,
                                "bytes_copied": 0}  # fmt: skip
        else:
            position = restore(state["position"])
            reached = self._rebirth.recover(branch, generation, position, self._positions.source(position))
            state["storage"] = {"kind": reached.cloned.kind, "copy_on_write": reached.cloned.copy_on_write,
                                "bytes_copied": reached.cloned.bytes_copied}  # fmt: skip
            state["lsn"] = reached.lsn
            state["seconds"].update(reached.seconds)
        if state["position"] is None:
            # A time machine from the first second. A branch leans on its parent's history until the keeper has taken
            # a base of it, which it does next.
            base = self._bases.take_cold(self._catalog.generation(generation.id))
            state["lsn"] = base.end_lsn

    def _open(self, state: State) -> None:
        branch = self._branch(state)
        settled = self._clusters.stopped_at(branch, self._catalog.generation(state["generation_id"]))
        now = self._clock()
        with self._catalog.store.write() as connection:
            connection.execute(
                update(tables.branches)
                .where(tables.branches.c.id == branch.id)
                .values(state="running", generation_id=state["generation_id"])
            )
            self._lineage.activate(connection, branch.id, state["generation_id"], now, settled)
            created = Entry(
                number=0,
                branch_id=branch.id,
                kind="created",
                time=now,
                label=None,
                who=state["who"],
                generation_id=state["generation_id"],
                lsn=state["lsn"],
                files_seq=state["files_seq"],
                detail={"position": state["position"]} if state["position"] else {},
            )
            self._logbook.add(connection, branch, created)
            if branch.ref.branch == MAIN:
                found(connection, branch.ref.project, state.get("person", ""), state["who"], now)
            if state["parent_id"] is not None:
                parent = self._catalog.branch_by_id(state["parent_id"])
                # Told as the parent's own state: what its log names must not go with the branch when that is deleted.
                left = restore(state["position"])
                made = replace(
                    created,
                    branch_id=parent.id,
                    kind="branch",
                    generation_id=left.generation_id,
                    files_seq=left.files_seq,
                    detail={"ref": state["ref"], "run": state["run"]},
                )
                self._logbook.add(connection, parent, made)

    def _unsay(self, state: State) -> None:
        """What the parent's log says of the branch goes; all else goes with the branch."""
        if state["parent_id"] is not None:
            with self._catalog.store.write() as connection:
                self._logbook.strike(connection, state["parent_id"], state["run"])

    def _start(self, state: State) -> None:
        branch = self._branch(state)
        started = time.monotonic()
        self._clusters.start(branch)
        self._trees.watch(branch)
        state["seconds"]["start"] = time.monotonic() - started

    def _make_folders(self, branch: Branch) -> None:
        """The database's user must be able to pass through to its own folder, and see nothing else."""
        files = self._places.files(branch.ref)
        for folder, mode in (
            (self._places.project(branch.ref.project), 0o711),
            (self._places.history(branch.ref.project), 0o700),
            (self._places.branch(branch.ref).parent, 0o711),
            (self._places.branch(branch.ref), 0o711),
            (files, 0o750),
        ):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
        if self._clusters.owner is not None:
            os.chown(files, self._clusters.owner.uid, self._clusters.owner.gid)

    def _branch(self, state: State) -> Branch:
        return self._catalog.branch_by_id(state["branch_id"])
