"""The time machine as the verbs use it: each method holds the branch, checks what was asked, and runs a procedure."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.locks import Locks
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.errors import Conflict
from nacre.core.moments import Moment, parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.procedures import Procedures, State
from nacre.engines.postgres.lsn import Lsn, format_lsn
from nacre.engines.storage.driver import Storage
from nacre.history.checkpoint import Checkpointing
from nacre.history.distance import transactions_undone
from nacre.history.lineage import Lineage
from nacre.history.logbook import Entry, Logbook
from nacre.history.positions import Position, Positions
from nacre.history.travel import Only, Travel
from nacre.history.undoing import to_undo
from nacre.history.wal import Wal


class StorageUsed(Answer):
    """How the database was brought: by which driver, whether blocks are shared, how many bytes were really copied."""

    kind: str
    copy_on_write: bool
    bytes_copied: int


class Travelled(Answer):
    """What a rewind, undo or reset did, or with `dry_run` would do.

    `asked` is the moment asked for; `reached` is when the last transaction that the database now holds committed (the
    moment asked for, if it holds none). `downtime_seconds` is how long connections failed. `exact`: database and files
    were paired at a barrier; other moments pair them by time, see the documentation for the bound on the skew.
    """

    asked: datetime
    reached: datetime
    lsn: str
    files_seq: int
    exact: bool
    storage: StorageUsed
    seconds: float
    downtime_seconds: float
    transactions_undone: int
    files_changed: int
    phases: dict[str, float]
    number: int | None
    dry_run: bool


class TimeMachine:
    def __init__(
        self,
        catalog: Catalog,
        trees: Trees,
        locks: Locks,
        storage: Storage,
        lineage: Lineage,
        logbook: Logbook,
        positions: Positions,
        wal: Wal,
        procedures: Procedures,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._locks = locks
        self._storage = storage
        self._lineage = lineage
        self._logbook = logbook
        self._positions = positions
        self._wal = wal
        self._procedures = procedures
        self._clock = clock

    def moment(self, text: str) -> Moment:
        """Read a moment as a person writes it, against the present. Raises InvalidInput "bad-moment"."""
        return parse_moment(text, self._clock())

    def checkpoint(self, ref: Ref, label: str | None, who: Principal) -> Entry:
        """Name the present. Raises InvalidInput or Conflict about the label."""
        with self._held(ref):
            branch = self._catalog.running(ref)
            if label is not None:
                self._logbook.check_label(branch, label)
            state = self._procedures.run(Checkpointing.kind, Checkpointing.begin(branch, label, who))
            return self._logbook.find(branch, state["number"], None)

    def log(self, ref: Ref) -> list[Entry]:
        """The branch's entries, oldest first."""
        return self._logbook.entries(self._catalog.branch(ref).id)

    def rewind(self, ref: Ref, moment: Moment, only: Only, who: Principal, *, dry_run: bool) -> Travelled:
        """Put the branch into the state of a moment of its past."""
        started = time.monotonic()
        with self._held(ref):
            branch = self._catalog.running(ref)
            position = self._positions.find(branch, moment)
            return self._travel(started, branch, branch, position, "rewind", who, only, {}, dry_run=dry_run)

    def undo(self, ref: Ref, who: Principal) -> Travelled:
        """Take back the last rewind, reset or undo. Raises Conflict "nothing-to-undo"."""
        started = time.monotonic()
        with self._held(ref):
            branch = self._catalog.running(ref)
            entry = to_undo(self._logbook.entries(branch.id))
            if entry is None:
                raise Conflict(
                    "nothing-to-undo",
                    f"{branch.ref} was not rewound, so there is nothing to undo.",
                    hint=f"To go back to a moment, use `nacre rewind {branch.ref} MOMENT`.",
                )
            position = self._positions.left_behind_by(entry)
            detail = {"undid": entry.number}
            return self._travel(started, branch, branch, position, "undo", who, entry.detail["only"], detail)

    def reset(self, ref: Ref, moment: Moment | None, who: Principal) -> Travelled:
        """Put a branch into the present state of its parent, or into that of a moment of the parent's past."""
        started = time.monotonic()
        branch = self._catalog.running(ref)
        if branch.parent_id is None:
            raise Conflict(
                "no-parent", f"{ref} has no parent to be reset to.", hint=f"To go back in time: `nacre rewind {ref}`."
            )
        parent = self._catalog.branch_by_id(branch.parent_id)
        with self._held(ref, parent.ref):
            branch, parent = self._catalog.running(ref), self._catalog.running(parent.ref)
            position = self._positions.find(parent, moment) if moment else self._positions.present(parent)
            return self._travel(started, branch, parent, position, "reset", who, None, {"parent": str(parent.ref)})

    @contextmanager
    def _held(self, *refs: Ref) -> Iterator[None]:
        """Hold branches about which nothing is left open."""
        with self._locks.hold(*refs):
            self._procedures.settle(*refs)
            yield

    def _travel(
        self,
        started: float,
        branch: Branch,
        source: Branch,
        position: Position,
        kind: str,
        who: Principal,
        only: Only,
        detail: State,
        *,
        dry_run: bool = False,
    ) -> Travelled:
        found = time.monotonic()
        if only != "files":
            self._positions.source(position)  # refuses what cannot be recovered, before anything is touched
        proved = time.monotonic()
        undone = 0 if only == "files" else transactions_undone(self._lineage, self._wal, branch, position)
        if dry_run:
            return self._foretell(started, branch, position, only, undone)
        before = {"find": found - started, "prove": proved - found, "count": time.monotonic() - proved}
        state = self._procedures.run(
            Travel.kind, Travel.begin(branch, position, source, kind, who, only, {**detail, "undone": undone})
        )
        return Travelled(
            asked=position.asked,
            reached=position.reached or position.asked,
            lsn=format_lsn(Lsn(state.get("reached_lsn") or state["before"]["lsn"])),
            files_seq=position.files_seq,
            exact=position.exact,
            storage=self._storage_used(state.get("storage")),
            seconds=time.monotonic() - started,
            downtime_seconds=state["seconds"].get("downtime", 0.0),
            transactions_undone=undone,
            files_changed=state.get("files_changed", 0),
            phases=before | state["seconds"],
            number=state["number"],
            dry_run=False,
        )

    def _foretell(self, started: float, branch: Branch, position: Position, only: Only, undone: int) -> Travelled:
        tree = self._trees.tree(branch)
        tree.barrier(rescan=True)
        changes = [] if only == "db" else tree.plan(position.files_seq).changes
        return Travelled(
            asked=position.asked,
            reached=position.reached or position.asked,
            lsn=format_lsn(Lsn(position.last.end if position.last else 0)),
            files_seq=position.files_seq,
            exact=position.exact,
            storage=self._storage_used(None),
            seconds=time.monotonic() - started,
            downtime_seconds=0.0,
            transactions_undone=undone,
            files_changed=len(changes),
            phases={},
            number=None,
            dry_run=True,
        )

    def _storage_used(self, noted: State | None) -> StorageUsed:
        """A kept generation that was simply woken, like files alone, needed no clone: nothing was copied."""
        if noted is not None:
            return StorageUsed(**noted)
        return StorageUsed(kind=self._storage.name, copy_on_write=self._storage.copy_on_write, bytes_copied=0)
