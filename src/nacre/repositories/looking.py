"""What git tells of a branch: what has changed since the last commit, what the commits are, how they differ."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from nacre.core.errors import InvalidInput, NotFound
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.engines.files.paths import read_path, shown_path
from nacre.engines.git import commands
from nacre.engines.git.repository import Repository
from nacre.engines.git.worktree import EMPTY_TREE, Changed
from nacre.repositories.trees import GitTrees

Beginning = Callable[[list[str], int], tuple[bytes, bool]]
"""Runs git and keeps no more than so many bytes of its answer; and whether that was all."""

MOST_CHANGES = 1000
_MOST_BEHIND = 10_000


class ChangedPath(Answer):
    """A path that differs from the last commit; one that ends with a slash is a folder with nothing committed in it."""

    path: str
    kind: Literal["added", "changed", "deleted"]


class GitStatus(Answer):
    """`commit` is the one that the files are at, `head` the newest of the branch; `behind` counts the commits that the
    files have not got, after a push that met changes. `complete` is false where more has changed than `changes` lists.
    """

    ref: str
    branch: str
    commit: str | None
    head: str | None
    behind: int
    clean: bool
    changes: list[ChangedPath]
    complete: bool
    clone_url: str


class Commit(Answer):
    sha: str
    parents: list[str]
    author: str
    email: str
    time: datetime
    message: str


class GitLog(Answer):
    """Newest first; `more` says that there are older ones."""

    commits: list[Commit]
    more: bool


class FileDiff(Answer):
    """Lines added and removed, both None for a binary file; `was` is its name before, if that was another."""

    path: str
    was: str | None
    added: int | None
    removed: int | None


class GitDiff(Answer):
    """`base` and `to` are commits; `to` None is the files as they are. `complete` is false where the patch or the list
    was cut at its limit: ask for single paths then."""

    base: str | None
    to: str | None
    files: list[FileDiff]
    patch: str
    complete: bool


class Looking:
    """`address` is where this Nacre is reached, as people write it."""

    def __init__(self, trees: GitTrees, address: str) -> None:
        self._trees = trees
        self._address = address

    def clone_url(self, project: str) -> str:
        return f"{self._address}/git/{project}.git"

    def status(self, ref: Ref) -> GitStatus:
        with self._trees.look(ref) as held:
            where = held.tree.where()
            found = held.tree.changes(where.at, folders=True)
            behind = 0
            if where.behind and where.head:
                words = commands.count(where.at, where.head, _MOST_BEHIND)
                behind = int(held.tree.repository.out(words))
        return GitStatus(
            ref=str(ref),
            branch=ref.branch,
            commit=where.at,
            head=where.head,
            behind=behind,
            clean=not found,
            changes=[_shown(change) for change in found[:MOST_CHANGES]],
            complete=len(found) <= MOST_CHANGES,
            clone_url=self.clone_url(ref.project),
        )

    def log(self, who: Principal, ref: Ref, start: str | None, limit: int, skip: int) -> GitLog:
        """From `start`, or from the branch's newest commit. Raises NotFound "commit-not-found"."""
        if start is None:
            with self._trees.look(ref) as held:
                repository, commit = held.tree.repository, held.where.head
        else:
            repository = self._trees.repository(ref)
            commit = commit_for(who, repository, ref, start)
        if commit is None:
            return GitLog(commits=[], more=False)
        found = read_log(repository.out(commands.log(commit, limit + 1, skip)))
        return GitLog(commits=found[:limit], more=len(found) > limit)

    def diff(
        self, who: Principal, ref: Ref, base: str | None, to: str | None, paths: list[str], most_bytes: int
    ) -> GitDiff:
        """From `base` (the commit that the files are at) to the commit `to`, or to the files as they are.

        Raises NotFound "commit-not-found".
        """
        names = [shown_path(read_path(path)) for path in paths]
        if "" in names:
            names = []
        if to is not None:
            repository = self._trees.repository(ref)
            new = commit_for(who, repository, ref, to)
            old = commit_for(who, repository, ref, base) if base is not None else _parent(repository, new)
            return self._compared(repository.beginning, old, new, names, most_bytes)
        with self._trees.look(ref) as held:
            old = commit_for(who, held.tree.repository, ref, base) if base is not None else held.where.at
            with held.tree.shown(held.where.at) as comparison:
                return self._compared(comparison.beginning, old, None, names, most_bytes)

    def _compared(
        self, beginning: Beginning, old: str | None, new: str | None, paths: list[str], most_bytes: int
    ) -> GitDiff:
        from_tree = old or EMPTY_TREE
        counts, all_counted = beginning(commands.diff_counts(from_tree, new, paths), MOST_CHANGES * 256)
        patch, whole = beginning(commands.diff_lines(from_tree, new, paths), most_bytes)
        files = read_counts(counts)
        return GitDiff(
            base=old,
            to=new,
            files=files[:MOST_CHANGES],
            patch=patch.decode(errors="replace"),
            complete=whole and all_counted and len(files) <= MOST_CHANGES,
        )


def commit_for(who: Principal, repository: Repository, ref: Ref, revision: str) -> str:
    """The full name of a commit; for whoever is limited to a branch, of one that is in that branch.

    Raises NotFound "commit-not-found".
    """
    commit = repository.commit(revision)
    if who.branch is not None and not repository.contains(f"refs/heads/{ref.branch}", commit):
        raise NotFound(
            "commit-not-found",
            f"{ref} has no commit “{revision:.100}”, and {who} sees no other branch.",
            hint=f"`nacre git log {ref}` lists its commits.",
        )
    return commit


def read_log(output: bytes) -> list[Commit]:
    """What `commands.log` answers."""
    fields = output.decode(errors="replace").split("\0")[:-1]
    return [
        Commit(
            sha=sha.strip(),
            parents=parents.split(),
            author=author,
            email=email,
            time=datetime.fromisoformat(time),
            message=message.rstrip("\n"),
        )
        for sha, parents, author, email, time, message in zip(*[iter(fields)] * 6, strict=False)
    ]


def read_counts(output: bytes) -> list[FileDiff]:
    """What `commands.diff_counts` answers; what was torn at its end is left out."""
    fields = output.split(b"\0")[:-1]
    found: list[FileDiff] = []
    at = 0
    while at < len(fields):
        added, removed, path = fields[at].lstrip(b"\n").split(b"\t", 2)
        renamed = not path
        if renamed and at + 2 >= len(fields):
            break
        was, now = (fields[at + 1], fields[at + 2]) if renamed else (None, path)
        at += 3 if renamed else 1
        found.append(
            FileDiff(
                path=shown_path(now),
                was=None if was is None else shown_path(was),
                added=None if added == b"-" else int(added),
                removed=None if removed == b"-" else int(removed),
            )
        )
    return found


def chosen(changes: list[Changed], paths: list[str]) -> list[bytes]:
    """The changed paths that are among `paths`, files or folders; all where none are named.

    Raises InvalidInput "nothing-changed-there" for one that names none of them.
    """
    if not paths:
        return [change.path for change in changes]
    wanted = [read_path(path) for path in paths]
    found = [[c.path for c in changes if not p or c.path == p or c.path.startswith(p + b"/")] for p in wanted]
    for path, those in zip(paths, found, strict=True):
        if not those:
            raise InvalidInput(
                "nothing-changed-there",
                f"Nothing has changed at “{path}” since the last commit.",
                hint="`nacre git status` lists what has.",
            )
    return sorted({path for those in found for path in those})


def _parent(repository: Repository, commit: str) -> str | None:
    parents = repository.out(["rev-parse", f"{commit}^@"]).decode().split()
    return parents[0] if parents else None


def _shown(change: Changed) -> ChangedPath:
    return ChangedPath(path=shown_path(change.path), kind=change.kind)
