"""Rewind, undo, reset: puts a branch into another state, database and files together, with the way back kept.

The new database is brought up beside the old one, which serves until the swap. The swap, its entry in the log included,
is one transaction of the control plane between the old one's stop and the new one's start. Files change in place, and
only where they differ.
"""

import time
import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import update

from nacre.branches import tables
from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.principals import Principal
from nacre.core.procedures import State, Step
from nacre.engines.postgres.lsn import Lsn
from nacre.history.barrier import Barrier
from nacre.history.bases import Bases
from nacre.history.lineage import Lineage
from nacre.history.logbook import Entry, Logbook
from nacre.history.positions import Position, Positions
from nacre.history.rebirth import Rebirth
from nacre.history.saved import restore, save

Only = Literal["db", "files"] | None


class Travel:
    """The procedure; `begin` makes the state it starts from.

    As it goes it adds: before (the state left behind), resumes (a generation kept as it was left is simply woken),
    generation_id, reached_lsn, storage, seconds by phase, files_changed, arrives_lsn (where the generation to come was
    stopped), number (of the log's entry).
    """

    kind = "travel"
    commit = "swap"
    removes = False

    def __init__(
        self,
        catalog: Catalog,
        clusters: Clusters,
        trees: Trees,
        barrier: Barrier,
        bases: Bases,
        lineage: Lineage,
        logbook: Logbook,
        positions: Positions,
        rebirth: Rebirth,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._trees = trees
        self._barrier = barrier
        self._bases = bases
        self._lineage = lineage
        self._logbook = logbook
        self._positions = positions
        self._rebirth = rebirth
        self._clock = clock

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("mark", self._mark),
            Step("claim", self._claim, self._unclaim),
            Step("recover", self._recover, self._discard),
            Step("look", self._note_files),
            Step("files", self._restore_files, self._put_files_back),
            Step("stop", self._stop, self._start),
            Step("swap", self._swap, self._swap_back),
            Step("start", self._start),
        )

    @staticmethod
    def begin(
        branch: Branch, position: Position, source: Branch, kind: str, who: Principal, only: Only, detail: State
    ) -> State:
        """The state for a travel of `branch` to `position`; files come from `source` (itself but for reset)."""
        return {
            "run": uuid.uuid4().hex,
            "refs": [str(branch.ref)],
            "branch_id": branch.id,
            "source_branch_id": source.id,
            "position": save(position),
            "kind": kind,
            "who": str(who),
            "only": only,
            "detail": detail,
        }

    def _mark(self, state: State) -> None:
        """Capture what is on disk now, so that the files' way back is complete before anything changes."""
        started = time.monotonic()
        branch = self._branch(state)
        instant = self._barrier.take(branch)
        state["before"] = {
            "generation_id": instant.generation_id,
            "lsn": instant.lsn,
            "files_seq": instant.files_seq,
        }
        state["seconds"] = {"mark": time.monotonic() - started}
        state["resumes"] = self._can_resume(branch, state)

    def _claim(self, state: State) -> None:
        if _leaves_database(state):
            return
        if state["resumes"]:
            state["generation_id"] = state["position"]["generation_id"]
            return
        branch = self._branch(state)
        live = self._clusters.live_generation(branch)
        claimed = self._catalog.add_generation(branch.id, None, None, 0, live.segment_bytes)
        state["generation_id"] = claimed.id

    def _unclaim(self, state: State) -> None:
        """Under the branch's lock, whatever generation is unfinished is this procedure's."""
        for generation in self._catalog.generations_of(state["branch_id"]):
            if generation.state == "recovering":
                self._rebirth.discard(self._branch(state), generation)
                self._catalog.remove_generation(generation.id)

    def _recover(self, state: State) -> None:
        if _leaves_database(state) or state["resumes"]:
            return
        branch = self._branch(state)
        position = restore(state["position"])
        generation = self._generation(state)
        with self._clusters.writing_out(branch):
            reached = self._rebirth.recover(branch, generation, position, self._positions.source(position))
        state["reached_lsn"] = reached.lsn
        state["storage"] = {"kind": reached.cloned.kind, "copy_on_write": reached.cloned.copy_on_write,
                            "bytes_copied": reached.cloned.bytes_copied}  # fmt: skip
        state["seconds"].update(reached.seconds)

    def _discard(self, state: State) -> None:
        if _leaves_database(state) or state["resumes"]:
            return
        for generation in self._catalog.generations_of(state["branch_id"]):
            if generation.id == state["generation_id"]:
                for base in self._bases.of(generation):
                    self._bases.remove(base)
                self._rebirth.discard(self._branch(state), generation)
                self._catalog.remove_generation(generation.id)

    def _note_files(self, state: State) -> None:
        """Where the files stand now: to this they go back. It is on disk before the first of them changes."""
        if state["only"] != "db":
            state["before"]["files_seq"] = self._trees.tree(self._branch(state)).barrier(rescan=False).seq

    def _restore_files(self, state: State) -> None:
        """Content is verified and staged before anything is touched, so damage or a full disk refuses here."""
        if state["only"] == "db":
            return
        started = time.monotonic()
        tree = self._trees.tree(self._branch(state))
        source = self._trees.tree(self._catalog.branch_by_id(state["source_branch_id"]))
        seq = state["position"]["files_seq"]
        restored = tree.restore(seq) if source is tree else tree.restore_from(source, seq)
        state["files_changed"] = restored.files_changed
        state["seconds"]["files"] = time.monotonic() - started

    def _put_files_back(self, state: State) -> None:
        if state["only"] != "db":
            self._trees.tree(self._branch(state)).restore(state["before"]["files_seq"])

    def _stop(self, state: State) -> None:
        """Stop the old database and note exactly what it held last: nobody can commit any more."""
        if _leaves_database(state):
            return
        branch = self._branch(state)
        started = time.monotonic()
        state["arrives_lsn"] = self._clusters.stopped_at(branch, self._generation(state))
        live = self._clusters.live_generation(branch)
        serves = self._clusters.serves(branch)
        if serves:
            self._clusters.prepare_stop(branch)
        state["seconds"]["write out"] = time.monotonic() - started
        state["stopped_at"] = time.time()
        self._clusters.stop(branch, "fast" if serves else "immediate")
        if serves:  # of one that was broken before, the mark knows all there is to know
            state["before"] |= {"generation_id": live.id, "lsn": self._clusters.stopped_at(branch, live)}

    def _swap(self, state: State) -> None:
        """From one instant to the next the branch is the other one, and its log says so."""
        now, travelling = self._clock(), self._branch(state)
        if not _leaves_database(state):
            generation = self._generation(state)
            state.setdefault("reached_lsn", state["position"]["lsn"])
        with self._catalog.store.write() as connection:
            if not _leaves_database(state):
                branch = tables.branches.c
                connection.execute(
                    update(tables.branches)
                    .where(branch.id == state["branch_id"])
                    .values(generation_id=generation.id, state="running")
                )
                self._lineage.activate(connection, state["branch_id"], generation.id, now, state["arrives_lsn"])
            state["number"] = self._logbook.add(connection, travelling, self._entry(state, now))

    def _swap_back(self, state: State) -> None:
        with self._catalog.store.write() as connection:
            swapped = self._logbook.strike(connection, state["branch_id"], state["run"])
            if swapped and not _leaves_database(state):
                branch = tables.branches.c
                connection.execute(
                    update(tables.branches)
                    .where(branch.id == state["branch_id"])
                    .values(generation_id=state["before"]["generation_id"])
                )
                self._lineage.take_back(connection, state["branch_id"], state["generation_id"])

    def _start(self, state: State) -> None:
        if _leaves_database(state):
            return
        self._clusters.start(self._branch(state))
        if "stopped_at" in state:
            state["seconds"]["downtime"] = time.time() - state["stopped_at"]

    def _entry(self, state: State, now: datetime) -> Entry:
        before = state["before"]
        return Entry(
            number=0,
            branch_id=state["branch_id"],
            kind=state["kind"],
            time=now,
            label=None,
            who=state["who"],
            generation_id=before["generation_id"],
            lsn=before["lsn"],
            files_seq=before["files_seq"],
            detail={**state["detail"], "only": state["only"], "run": state["run"]},
        )

    def _can_resume(self, branch: Branch, state: State) -> bool:
        """Whether the state asked for is exactly how a generation of this branch was left, data directory and all."""
        if _leaves_database(state) or state["position"]["lsn"] is None:
            return False
        generation = self._catalog.generation(state["position"]["generation_id"])
        if generation.branch_id != branch.id or generation.state != "kept" or generation.id == branch.generation_id:
            return False
        return self._clusters.wakes_at(branch, generation, Lsn(state["position"]["lsn"]))

    def _branch(self, state: State) -> Branch:
        return self._catalog.branch_by_id(state["branch_id"])

    def _generation(self, state: State) -> Generation:
        return self._catalog.generation(state["generation_id"])


def _leaves_database(state: State) -> bool:
    return bool(state["only"] == "files")
