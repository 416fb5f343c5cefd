"""The files of every branch: one content store per project, one watched tree per branch."""

import threading
from datetime import datetime

from nacre.branches.catalog import Branch
from nacre.branches.places import Places
from nacre.core.errors import NotFound
from nacre.engines.files.history import FileHistory
from nacre.engines.files.tree import Tree


class Trees:
    """Opens what is asked for and keeps it open. Thread-safe."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._histories: dict[str, FileHistory] = {}
        self._trees: dict[int, Tree] = {}
        self._left: dict[int, datetime] = {}
        self._lock = threading.RLock()

    def history(self, project: str) -> FileHistory:
        """The content store and journal of a project's files."""
        with self._lock:
            if project not in self._histories:
                self._histories[project] = FileHistory(self._places.history(project))
            return self._histories[project]

    def tree(self, branch: Branch) -> Tree:
        """The branch's tree, watched or not. Raises NotFound "branch-not-found" once it was left."""
        with self._lock:
            if self._left.get(branch.id) == branch.created_at:
                raise NotFound("branch-not-found", f"{branch.ref} is being deleted.")
            if branch.id not in self._trees:
                history = self.history(branch.ref.project)
                self._trees[branch.id] = history.tree(str(branch.id), self._places.files(branch.ref))
            return self._trees[branch.id]

    def watch(self, branch: Branch) -> None:
        """Journal every change of the branch's files from now on; returns when what is there is in the journal."""
        self.tree(branch).start()

    def leave(self, branch: Branch) -> None:
        """The branch is being deleted: stop watching and forget the open tree (not its history).

        Somebody who looked up the branch before may still ask for its tree, which would be found here by a later branch
        that is given the same number.
        """
        with self._lock:
            self._left[branch.id] = branch.created_at
            tree = self._trees.pop(branch.id, None)
        if tree is not None:
            tree.stop()

    def close_project(self, project: str) -> None:
        """Close a project's store, whose trees have been left."""
        with self._lock:
            history = self._histories.pop(project, None)
        if history is not None:
            history.close()

    def close(self) -> None:
        """Stop all watching and close all stores."""
        with self._lock:
            trees, self._trees = list(self._trees.values()), {}
            histories, self._histories = list(self._histories.values()), {}
        for tree in trees:
            tree.stop()
        for history in histories:
            history.close()
