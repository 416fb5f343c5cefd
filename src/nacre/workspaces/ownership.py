"""Gives what root puts into a branch's files, from outside or by a rewind, to the account that works on them inside."""

import os
import stat
from collections.abc import Callable, Iterable

import structlog

from nacre.branches.catalog import Branch
from nacre.branches.trees import Trees
from nacre.core.errors import NacreError
from nacre.core.worker import Worker
from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.entry import Entry
from nacre.engines.files.tree import Tree
from nacre.engines.processes.users import Account

_log = structlog.get_logger()
_EVERY_S = 1.0


class Ownership(Worker):
    """Only a daemon that is root has this to do. It reads from the journal what has come, and so walks no folders.

    `worked_on` answers the branches that have a workspace running.
    """

    def __init__(self, trees: Trees, owner: Account, worked_on: Callable[[], Iterable[Branch]]) -> None:
        super().__init__("ownership")
        self._trees = trees
        self._owner = owner
        self._worked_on = worked_on
        self._seen: dict[int, int] = {}

    def _work(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            branches = {branch.id: branch for branch in self._worked_on()}
            self._seen = {number: seq for number, seq in self._seen.items() if number in branches}
            for branch in branches.values():
                try:
                    self._look_through(branch)
                except (NacreError, OSError):  # it is being removed, or its history was cut: looked through anew then
                    self._seen.pop(branch.id, None)
                    _log.exception("owners not looked through", branch=str(branch.ref))

    def _look_through(self, branch: Branch) -> None:
        tree = self._trees.tree(branch)
        head = tree.head().seq
        seen = self._seen.get(branch.id)
        if seen == head:
            return
        present = tree.journal.state(head) if seen is None else (one.after for one in tree.changes(seen, head))
        give([entry for entry in present if entry is not None and self._is_foreign(entry)], tree, self._owner)
        self._seen[branch.id] = head

    def _is_foreign(self, entry: Entry) -> bool:
        return (entry.uid, entry.gid) != (self._owner.uid, self._owner.gid)


def give(entries: Iterable[Entry], tree: Tree, owner: Account) -> None:
    """Make `owner` the owner of these paths, where they still are.

    A file that has another name somewhere, as in a package manager's cache, is left alone: it is not the branch's.
    """
    with Beneath(tree.root) as beneath:
        for entry in entries:
            try:
                folder, name = beneath.locate(entry.path)
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                    os.chown(name, owner.uid, owner.gid, dir_fd=folder, follow_symlinks=False)
            except NOT_THERE:
                continue
