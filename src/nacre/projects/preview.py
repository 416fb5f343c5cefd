"""What a rewind to a moment would change, before anything does: transactions, files, tables and their rows."""

import time
from datetime import datetime
from typing import Literal

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.progress import report
from nacre.engines.files.entry import Change
from nacre.engines.files.paths import shown_path
from nacre.history.distance import transactions_undone
from nacre.history.lineage import Lineage
from nacre.history.past import Past
from nacre.history.positions import Position, Positions
from nacre.history.wal import Wal
from nacre.projects.diff import TableDiff, diff_tables, tables_of


class FileForetold(Answer):
    """What would become of a path: “added” would come back, “removed” would go. `files.diff` shows the lines."""

    path: str
    kind: str
    change: Literal["added", "removed", "changed"]
    bytes_now: int | None
    bytes_then: int | None


class Preview(Answer):
    """What a rewind to `asked` would change. `reached`: when the last transaction that it would hold committed.

    `files` names the first of `files_changed` paths, in order. `tables` compares now with then: rows_before are those
    now; None where it was asked for files alone.
    """

    ref: Ref
    asked: datetime
    reached: datetime
    exact: bool
    transactions_undone: int
    files_changed: int
    bytes_to_write: int
    files: list[FileForetold]
    tables: list[TableDiff] | None
    seconds: float


class Previewing:
    def __init__(
        self,
        catalog: Catalog,
        clusters: Clusters,
        trees: Trees,
        lineage: Lineage,
        positions: Positions,
        past: Past,
        wal: Wal,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._trees = trees
        self._lineage = lineage
        self._positions = positions
        self._past = past
        self._wal = wal
        self._clock = clock

    def preview(self, ref: Ref, moment: str, *, tables: bool, most_files: int) -> Preview:
        """Raises what a rewind to the moment would be refused with."""
        started = time.monotonic()
        branch = self._catalog.running(ref)
        position = self._positions.find(branch, parse_moment(moment, self._clock()))
        report("comparing files")
        tree = self._trees.tree(branch)
        tree.barrier(rescan=False)
        plan = tree.plan(position.files_seq)
        return Preview(
            ref=ref,
            asked=position.asked,
            reached=position.reached or position.asked,
            exact=position.exact,
            transactions_undone=transactions_undone(self._lineage, self._wal, branch, position),
            files_changed=len(plan.changes),
            bytes_to_write=plan.bytes_to_write,
            files=[_foretold(change) for change in plan.changes[:most_files]],
            tables=self._tables(branch, position) if tables else None,
            seconds=time.monotonic() - started,
        )

    def _tables(self, branch: Branch, position: Position) -> list[TableDiff]:
        database = branch.ref.project
        report("counting rows")
        with self._clusters.person(branch, database) as connection:
            now = tables_of(connection)
        with self._past.look(branch, position, database) as connection:
            report("counting rows then")
            then = tables_of(connection)
        return diff_tables(now, then)


def _foretold(change: Change) -> FileForetold:
    kind = change.after or change.before
    assert kind is not None
    return FileForetold(
        path=shown_path(change.path),
        kind=kind.kind,
        change=change.kind,
        bytes_now=change.before.size if change.before else None,
        bytes_then=change.after.size if change.after else None,
    )
