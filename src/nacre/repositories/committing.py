"""Changes a branch's commits and files through git, on behalf of people: commit, revert, update."""

import time
from collections.abc import Sequence

from nacre.core.errors import Conflict
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.engines.files.paths import shown_path
from nacre.engines.git import commands
from nacre.engines.git.worktree import Where
from nacre.repositories.authors import Authors
from nacre.repositories.looking import Commit, chosen, read_log
from nacre.repositories.trees import Changing, GitTrees

_NAMED = 5


class Committed(Answer):
    """The new commit, and how many paths it changed."""

    commit: Commit
    files_changed: int
    seconds: float


class Reverted(Answer):
    """The new commit; `undo` is the command that takes the files back to before (the commit stays)."""

    commit: Commit
    undo: str
    seconds: float


class Updated(Answer):
    """`commit` is where the files are now, `commits` how many they got; `undo` takes the files back."""

    commit: str | None
    commits: int
    undo: str | None
    seconds: float


class Committing:
    def __init__(self, trees: GitTrees, authors: Authors) -> None:
        self._trees = trees
        self._authors = authors

    def commit(self, ref: Ref, message: str, paths: list[str], who: Principal) -> Committed:
        """Commit what has changed, all of it or these paths alone.

        Raises Conflict "nothing-to-commit", "files-behind", "branch-moved", InvalidInput "nothing-changed-there".
        """
        started = time.monotonic()
        with self._trees.change(ref) as held:
            _require_up_to_date(ref, held.where)
            report("looking for changes")
            wanted = chosen(held.tree.changes(held.where.at), paths)
            report("committing")
            sha = held.tree.commit(held.where.at, wanted, message, self._authors.of(who))
            made = _told(held, sha)
        return Committed(commit=made, files_changed=len(wanted), seconds=time.monotonic() - started)

    def revert(self, ref: Ref, commit: str, who: Principal) -> Reverted:
        """Take one commit back by a new one, in the files too.

        Raises NotFound "commit-not-found", Conflict "files-behind", "files-changed", "revert-conflicts",
        "revert-of-merge", "nothing-to-commit".
        """
        started = time.monotonic()
        with self._trees.change(ref) as held:
            old = held.tree.repository.commit(commit)
            _require_up_to_date(ref, held.where)
            if held.where.at is None or not held.tree.repository.contains(held.where.at, old):
                raise Conflict(
                    "not-in-branch",
                    f"{ref} has no commit {old[:10]}, so there is nothing to take back.",
                    hint=f"`nacre git log {ref}` lists its commits.",
                )
            subject = _told(held, old).message.partition("\n")[0]
            message = f'Revert "{subject}"\n\nThis reverts commit {old}.\n'
            sha = held.tree.revert(held.where.at, old, message, self._authors.of(who))
            made = _told(held, sha)
        return Reverted(commit=made, undo=held.undo, seconds=time.monotonic() - started)

    def update(self, ref: Ref, *, discard: bool) -> Updated:
        """Bring the files to the branch's newest commit, keeping changes that are not in the way.

        With `discard`, committed files become what they are in that commit, whatever was changed. Raises Conflict
        "files-changed" with nothing changed.
        """
        started = time.monotonic()
        with self._trees.change(ref) as held:
            where = held.where
            if where.head is None or not (where.behind or discard):
                return Updated(commit=where.at, commits=0, undo=None, seconds=time.monotonic() - started)
            report("bringing the files up to date")
            count = int(held.tree.repository.out(commands.count(where.at, where.head, 10_000)))
            held.require_room(where.head)
            if discard:
                held.tree.overwrite(where.head)
            else:
                move = held.tree.move(where.at, where.head, keep=True)
                if not move.made:
                    raise Conflict(
                        "files-changed",
                        f"Changes in the files are in the way; nothing was changed. git says: {move.in_the_way}",
                        hint=f"Put them elsewhere, or give them up with `nacre git update {ref} --discard`, which a "
                        "rewind of the files takes back.",
                    )
        return Updated(commit=where.head, commits=count, undo=held.undo, seconds=time.monotonic() - started)


def named(paths: Sequence[bytes]) -> str:
    """The first few of these paths, in words."""
    words = ", ".join(shown_path(path) for path in paths[:_NAMED])
    return f"{words} and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else words


def _require_up_to_date(ref: Ref, where: Where) -> None:
    if where.behind:
        raise Conflict(
            "files-behind",
            f"A push brought commits to {ref} that its files have not got yet.",
            hint=f"`nacre git update {ref}` brings them in; then try again.",
        )


def _told(held: Changing, sha: str) -> Commit:
    return read_log(held.tree.repository.out(commands.log(sha, 1, 0)))[0]
