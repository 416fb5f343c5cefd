"""The files of one branch over the repository of its project: what changed, commits, and moving to another commit.

Two refs say where a branch is: `refs/heads/NAME` is its newest commit, `refs/nacre/at/NAME` the one its files are at.
They differ when a push came while files had changes of their own. Before files are moved, `refs/nacre/to/NAME` says
where to: whoever finds it later finishes the move.

A `.git` among the files is the person's own and never looked at: the repository is told to git, never found by it.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from nacre.core.errors import Conflict
from nacre.engines.git import commands
from nacre.engines.git.commands import Person
from nacre.engines.git.repository import ABSENT, Repository, refused
from nacre.engines.processes.command import Completed

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without anything, which every git knows."""

_LONG_S = 900.0
_GITLINK = "160000"

Kind = Literal["added", "changed", "deleted"]
_KINDS: dict[bytes, Kind] = {b"A": "added", b"D": "deleted"}


@dataclass(frozen=True)
class Where:
    """`head`: the branch's newest commit; `at`: the one its files are at; `to`: where a move was cut off on its way."""

    head: str | None
    at: str | None
    to: str | None

    @property
    def behind(self) -> bool:
        return self.head is not None and self.head != self.at


@dataclass(frozen=True)
class Changed:
    """A path that differs from the commit the files are at; untracked ones are “added”, a folder's end with a slash."""

    path: bytes
    kind: Kind


@dataclass(frozen=True)
class Move:
    """How a move ended. Where it was not made, `changed` are paths with changes, `in_the_way` is what git says."""

    made: bool
    changed: tuple[bytes, ...] = ()
    in_the_way: str = ""


@dataclass(frozen=True)
class WorkTree:
    """`files` is the work tree; use the methods within `held`, one at a time for a branch."""

    repository: Repository
    branch: str
    files: Path
    _lock: int | None = field(default=None, repr=False)

    @contextmanager
    def held(self) -> Iterator["WorkTree"]:
        """Nobody else looks at the branch's index meanwhile, a git that outlived its daemon included."""
        place = self.repository.place(self.branch)
        self.repository.make_place(self.branch)
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in place.glob("*.lock"):  # of a git that was killed: nobody else can hold it now
                left.unlink()
            yield replace(self, _lock=lock)
        finally:
            os.close(lock)

    def where(self) -> Where:
        names = [self._ref(kind) for kind in ("heads", "nacre/at", "nacre/to")]
        found = self.repository.refs(*names)
        return Where(*(found.get(name) for name in names))

    def begin(self, commit: str | None) -> None:
        """The files of a branch that is new here are at this commit; where there are no commits of it, it gets them."""
        if commit is None:
            return
        where = self.where()
        changes = [f"create {self._ref('nacre/at')} {commit}"]
        if where.head is None:
            changes.append(f"create {self._ref('heads')} {commit}")
        self.repository.change_refs(changes)

    def changes(self, at: str | None, *, folders: bool = False) -> list[Changed]:
        """What differs from `at`, by path. What .gitignore leaves out is not looked at."""
        self._settle(at)
        tracked = [Changed(path, kind) for path, kind in self._differing()]
        found = self._git(commands.untracked(folders=folders)).split(b"\0")[:-1]
        # A folder that is another repository is named with a slash at its end; its files are not ours.
        added = [Changed(path, "added") for path in found if folders or not path.endswith(b"/")]
        return sorted([*tracked, *added], key=lambda change: change.path)

    def commit(self, at: str | None, paths: Sequence[bytes], message: str, author: Person) -> str:
        """Make these paths, as they are now, a new commit on `at`, which is the branch's newest.

        Raises Conflict "nothing-to-commit", and "branch-moved" when a push was faster.
        """
        self._git(commands.stage(), stdin=b"".join(path + b"\0" for path in paths), timeout_s=_LONG_S)
        tree = self._git(commands.write_tree(), timeout_s=_LONG_S).decode().strip()
        if tree == (self._tree(at) if at else EMPTY_TREE):
            raise Conflict("nothing-to-commit", "Nothing has changed since the last commit.")
        commit = self._new_commit(tree, [at] if at else [], message, author)
        self._take(commit, at)
        return commit

    def move(self, at: str | None, to: str, *, keep: bool) -> Move:
        """Bring the files from `at` to `to`, or change nothing.

        With `keep`, changes of one's own stay where they are not in the way; else any of them keeps the files as they
        are. Files that already are what `to` has are no changes.
        """
        old = at or EMPTY_TREE
        self._settle(at)
        self._adopt(old, to)
        changed = tuple(path for path, _ in self._differing())
        if changed and not keep:
            return Move(False, changed)
        pretended = self._run(commands.move_files(old, to, pretend=True))
        if pretended.exit_code != 0:
            return Move(False, changed, _said(pretended))
        self.repository.change_refs([f"update {self._ref('nacre/to')} {to}"])
        self._git(commands.move_files(old, to, pretend=False), timeout_s=_LONG_S)
        self._arrived(to)
        return Move(True)

    def overwrite(self, to: str) -> None:
        """Bring the files to `to`, over all changes of tracked files and whatever else is in the way."""
        self.repository.change_refs([f"update {self._ref('nacre/to')} {to}"])
        self._git(commands.overwrite_files(to), timeout_s=_LONG_S)
        self._arrived(to)

    def finish(self) -> Where:
        """Take a move that was cut off to its end; where that cannot be, what has changed is what shows it."""
        where = self.where()
        if where.to is None:
            return where
        if where.to == where.at or not self.move(where.at, where.to, keep=True).made:
            self.repository.change_refs([f"delete {self._ref('nacre/to')}"])
        return self.where()

    def revert(self, at: str, commit: str, message: str, author: Person) -> str:
        """A new commit on `at`, the branch's newest, that takes `commit` back, in the files too.

        Raises Conflict "revert-conflicts" or "files-changed" with nothing changed, InvalidInput for a merge.
        """
        parents = self._parents(commit)
        if len(parents) > 1:
            raise Conflict(
                "revert-of-merge",
                f"{commit[:10]} is a merge: which of its sides to take back cannot be told.",
                hint="Revert the commits that it brought one by one, or do it with git and push.",
            )
        tree = self._reverted(at, commit, parents[0] if parents else None)
        if tree == self._tree(at):
            raise Conflict("nothing-to-commit", f"What {commit[:10]} changed is taken back already.")
        new = self._new_commit(tree, [at], message, author)
        self._settle(at)
        pretended = self._run(commands.move_files(at, new, pretend=True))
        if pretended.exit_code != 0:
            raise Conflict(
                "files-changed",
                f"The files have changes of their own where {commit[:10]} is to be taken back: {_said(pretended)}",
                hint="Commit them first, or take them back; `nacre git status` shows them.",
            )
        self.repository.change_refs(
            [f"update {self._ref('heads')} {new} {at}", f"update {self._ref('nacre/to')} {new}"]
        )
        self._git(commands.move_files(at, new, pretend=False), timeout_s=_LONG_S)
        self._arrived(new)
        return new

    @contextmanager
    def shown(self, at: str | None) -> Iterator["Comparison"]:
        """The files as they are now, untracked ones among them, to be compared with commits."""
        index = self.repository.place(self.branch) / f"look-{secrets.token_hex(4)}"
        try:
            added = [one.path for one in self.changes(at) if one.kind == "added"]
            comparison = Comparison(self, index)
            comparison.run(commands.read_commit(None if at is None else at))
            comparison.run(commands.refresh())
            if added:
                comparison.run(commands.intend(), stdin=b"".join(path + b"\0" for path in added))
            yield comparison
        finally:
            for name in (index, index.with_name(f"{index.name}.lock")):
                name.unlink(missing_ok=True)

    def _reverted(self, at: str, commit: str, parent: str | None) -> str:
        """The tree of `at` without what `commit` changed: a merge whose base is `commit`, one side its parent."""
        root = self._new_commit(self._tree(commit), [], "base", commands.NOBODY)
        ours = self._new_commit(self._tree(at), [root], "ours", commands.NOBODY)
        theirs = self._new_commit(self._tree(parent) if parent else EMPTY_TREE, [root], "theirs", commands.NOBODY)
        words = commands.merge_trees(ours, theirs)
        done = self._run(words)
        tree, *paths = done.stdout.split(b"\0")
        if done.exit_code == 0:
            return tree.decode().strip()
        if done.exit_code != 1:
            raise refused(words, done)
        names = ", ".join(f"“{path.decode(errors='replace')}”" for path in paths if path)
        raise Conflict(
            "revert-conflicts",
            f"Later commits changed the same lines as {commit[:10]}, in {names}; nothing was changed.",
            hint="Revert those commits first, from the newest on, or change the files by hand and commit.",
        )

    def _settle(self, at: str | None) -> None:
        """Make the index that of `at`, whatever a git that was killed left in it."""
        done = self._run(commands.read_commit(at))
        if done.exit_code != 0:
            self._index.unlink(missing_ok=True)
            self._git(commands.read_commit(at))
        self._run(commands.refresh())

    def _adopt(self, old: str, to: str) -> None:
        """Have in the index, of what differs between the two, what the files already have of `to`."""
        if not self._differing() and not self._git(commands.untracked(folders=True)):
            return
        entries = _raw(self.repository.out(commands.changed_between(old, to)))
        index = self.repository.place(self.branch) / f"look-{secrets.token_hex(4)}"
        try:
            there = Comparison(self, index)
            there.run(commands.read_commit(to))
            there.run(commands.refresh())
            listed = there.run(commands.changed()).stdout.split(b"\0")[:-1]
            other = set(listed[1::2])
        finally:
            index.unlink(missing_ok=True)
        same = [line for path, line in entries if path not in other and _GITLINK not in line.decode(errors="replace")]
        kept = [line for line in same if not line.startswith(b"0 ")]
        gone = [line for line in same if line.startswith(b"0 ") and not self._is_there(line.partition(b"\t")[2])]
        if kept or gone:
            self._git(commands.stage_entries(), stdin=b"".join(line + b"\0" for line in [*kept, *gone]))
            self._run(commands.refresh())

    def _is_there(self, path: bytes) -> bool:
        with suppress(OSError):
            return os.path.lexists(os.path.join(os.fsencode(self.files), path))  # noqa: PTH118 - bytes
        return True

    def _differing(self) -> list[tuple[bytes, Kind]]:
        fields = self._git(commands.changed()).split(b"\0")[:-1]
        return [(path, _KINDS.get(letter, "changed")) for letter, path in zip(fields[::2], fields[1::2], strict=True)]

    def _take(self, commit: str, at: str | None) -> None:
        """The new commit is the branch's newest and where its files are, in one step."""
        changes = [f"update {self._ref('heads')} {commit} {at or ABSENT}", f"update {self._ref('nacre/at')} {commit}"]
        done = self._run(commands.change_refs(time.time_ns()), stdin=commands.transaction(changes))
        if done.exit_code != 0:
            raise Conflict(
                "branch-moved",
                "Somebody else's commit came first; nothing was committed.",
                hint="`nacre git update` brings it into the files; then commit again.",
            )

    def _arrived(self, to: str) -> None:
        self.repository.change_refs([f"update {self._ref('nacre/at')} {to}", f"delete {self._ref('nacre/to')}"])

    def _parents(self, commit: str) -> list[str]:
        return self.repository.out(["rev-parse", f"{commit}^@"]).decode().split()

    def _tree(self, commit: str) -> str:
        return self.repository.out(["rev-parse", "--verify", f"{commit}^{{tree}}"]).decode().strip()

    def _new_commit(self, tree: str, parents: Sequence[str], message: str, author: Person) -> str:
        words = commands.commit_tree(tree, parents)
        return self.repository.out(words, stdin=message.encode(), author=author).decode().strip()

    def _ref(self, kind: str) -> str:
        return f"refs/{kind}/{self.branch}"

    @property
    def _index(self) -> Path:
        return self.repository.place(self.branch) / "index"

    def _run(self, words: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 120.0) -> Completed:
        return self.run_with(self._index, words, stdin, timeout_s)

    def _git(self, words: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 120.0) -> bytes:
        done = self._run(words, stdin=stdin, timeout_s=timeout_s)
        if done.exit_code != 0:
            raise refused(words, done)
        return done.stdout

    def run_with(self, index: Path, words: Sequence[str], stdin: bytes, timeout_s: float) -> Completed:
        """Run git on these files with an index of its own."""
        return self.repository.run(
            words, files=self.files, writes_files=True, index=index, stdin=stdin, timeout_s=timeout_s,
            holding=self._lock,
        )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """git on the files of a branch with an index that is thrown away."""

    tree: WorkTree
    index: Path

    def run(self, words: Sequence[str], *, stdin: bytes = b"") -> Completed:
        return self.tree.run_with(self.index, words, stdin, _LONG_S)

    def beginning(self, words: Sequence[str], most_bytes: int) -> tuple[bytes, bool]:
        """As Repository.beginning, with these files and this index."""
        tree = self.tree
        return tree.repository.beginning(words, most_bytes, files=tree.files, index=self.index)


def _raw(output: bytes) -> list[tuple[bytes, bytes]]:
    """Of `diff-tree --raw -z`: each path, with the line by which the index takes what it is afterwards."""
    fields = output.split(b"\0")[:-1]
    found = []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, name, _ = head.split(b" ")
        found.append((path, (b"0 " + name if mode == b"000000" else mode + b" " + name) + b"\t" + path))
    return found


def _said(done: Completed) -> str:
    lines = done.stderr.decode(errors="replace").splitlines()
    words = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return " ".join(words[:20]) or done.stderr.decode(errors="replace").strip()[:1000]
