"""The files of a branch as git sees them: where they are in the project's repository, and who may look at it now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.locks import Locks
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, to_ns
from nacre.core.errors import Conflict
from nacre.core.names import Ref
from nacre.engines.files.edits import in_words
from nacre.engines.files.staging import require_space
from nacre.engines.files.tick import wait_past
from nacre.engines.git.repository import Repository
from nacre.engines.git.worktree import Where, WorkTree
from nacre.history.logbook import Logbook
from nacre.repositories.shelf import Shelf

_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Held:
    """A branch whose files are looked at or changed; `where` is where it was when that began."""

    branch: Branch
    tree: WorkTree
    where: Where


@dataclass(frozen=True)
class Changing(Held):
    """`before` is the last moment without what is changed now."""

    before: datetime

    def require_room(self, commit: str) -> None:
        """Refuse, by NoSpace, a commit whose files do not fit on the disk: a small push may stand for large ones."""
        repository, at = self.tree.repository, self.where.at
        known = {entry.object for entry in repository.entries(at)} if at else set()
        new_bytes = sum(entry.size_bytes for entry in repository.entries(commit) if entry.object not in known)
        require_space(self.tree.files, new_bytes)

    @property
    def undo(self) -> str:
        """The command that takes the files back."""
        return f"nacre rewind {self.branch.ref} {self.before.isoformat()} --only files"


class GitTrees:
    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        trees: Trees,
        locks: Locks,
        logbook: Logbook,
        shelf: Shelf,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._trees = trees
        self._locks = locks
        self._logbook = logbook
        self._shelf = shelf
        self._clock = clock

    def repository(self, ref: Ref) -> Repository:
        """The repository of the branch's project. Raises NotFound as `Catalog.branch` does, Unavailable "no-git"."""
        return self._shelf.open(self._catalog.branch(ref).ref.project)

    @contextmanager
    def look(self, ref: Ref) -> Iterator[Held]:
        """Nobody else looks with git meanwhile; people go on working. A move that was cut off is finished first.

        Raises Conflict "no-source" for the branch of a published app.
        """
        branch = _with_source(self._catalog.branch(ref))
        with in_words(), self._tree(branch).held() as tree:
            yield Held(branch, tree, self._begun(branch, tree))

    @contextmanager
    def change(self, ref: Ref, *, patience_s: float = _PATIENCE_S) -> Iterator[Changing]:
        """Hold the branch; all that its files are by now is in the journal.

        Raises Conflict "branch-busy", "no-source".
        """
        with self._locks.hold(ref, patience_s=patience_s):
            branch = _with_source(self._catalog.running(ref))
            with in_words(), self._tree(branch).held() as tree:
                where = self._begun(branch, tree)
                self._trees.tree(branch).barrier(rescan=True)
                before = self._clock()
                wait_past(to_ns(before))
                yield Changing(branch, tree, where, before)

    def _tree(self, branch: Branch) -> WorkTree:
        repository = self._shelf.open(branch.ref.project)
        return WorkTree(repository, branch.ref.branch, self._places.files(branch.ref))

    def _begun(self, branch: Branch, tree: WorkTree) -> Where:
        where = tree.finish()
        if where.at is None and branch.parent_id is not None:
            tree.begin(self._left_at(branch))
            where = tree.where()
        return where

    def _left_at(self, branch: Branch) -> str | None:
        """The commit that the parent's files were at where this branch left it."""
        assert branch.parent_id is not None
        parent = self._catalog.branch_by_id(branch.parent_id)
        with self._tree(parent).held() as tree:
            self._begun(parent, tree)
            return tree.repository.ref_at(f"refs/nacre/at/{parent.ref.branch}", self._left(branch))

    def _left(self, branch: Branch) -> datetime:
        for entry in self._logbook.entries(branch.id):
            if entry.kind == "created" and "position" in entry.detail:
                return datetime.fromisoformat(entry.detail["position"]["asked"])
        return branch.created_at


def _with_source(branch: Branch) -> Branch:
    if branch.production:
        raise Conflict(
            "no-source",
            f"{branch.ref} holds the data of a published app; its files are no source.",
            hint=f"The source is in the project's other branches, such as {branch.ref.project}.",
        )
    return branch
