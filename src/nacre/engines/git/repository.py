"""One bare repository: its refs, its commits, and what they hold."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from nacre.core.clock import to_ns
from nacre.core.errors import Failed, NotFound, TooLarge
from nacre.engines.git import commands
from nacre.engines.git.serving import Exchange
from nacre.engines.git.streaming import Pulled
from nacre.engines.processes.command import Completed, Sink, ending, run
from nacre.engines.processes.users import Account

TIMEOUT_S = 120.0
MOST_BYTES = 64 << 20
_PIECE_BYTES = 1 << 18
ABSENT = "0" * 40


class Confined(Protocol):
    """How commands are kept to the folders they are for."""

    @property
    def account(self) -> Account | None:
        """Whose the repositories are; None for the daemon's own user."""

    @property
    def user(self) -> Account | None:
        """Whom to start the command as."""

    def argv(self, command: Sequence[str], folders: Mapping[Path, bool], *, connected: bool = False) -> list[str]:
        """The whole command line; `folders` are those in view, each with whether it may be written to."""


@dataclass(frozen=True)
class TreeEntry:
    """A file of a commit: `mode` as git writes it (100644, 100755, 120000; 160000 is another repository's commit)."""

    path: bytes
    mode: str
    object: str
    size_bytes: int


@dataclass(frozen=True)
class Repository:
    folder: Path
    confined: Confined

    def run(
        self,
        words: Sequence[str],
        *,
        files: Path | None = None,
        writes_files: bool = False,
        index: Path | None = None,
        author: commands.Person = commands.NOBODY,
        stdin: bytes = b"",
        timeout_s: float = TIMEOUT_S,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
        connected: bool = False,
        trusting: Path | None = None,
        largest_file_bytes: int | None = None,
        settings: Sequence[tuple[str, str]] = (),
        holding: int | None = None,
    ) -> Completed:
        """Run git to its end, whatever its exit code; its answer is kept unless `on_stdout` takes it.

        `connected`: it reaches the network, where it trusts the certificates of the file `trusting` too.
        Raises TooLarge "git-output-too-large" above 64 MiB, Failed.
        """
        folders = {self.folder: True} | ({files: writes_files} if files is not None else {})
        argv = commands.git_argv(words, settings)
        env = commands.environment(self.folder, files=files, index=index, author=author)
        if largest_file_bytes is not None:
            argv = commands.bounded(argv, largest_file_bytes)
        if trusting is not None:
            folders[trusting] = False
            env["GIT_SSL_CAINFO"] = str(trusting)
        kept = _Kept(MOST_BYTES)
        done = run(
            self.confined.argv(argv, folders, connected=connected),
            env=env,
            user=self.confined.user,
            cwd=Path("/"),
            stdin=stdin,
            timeout_s=timeout_s,
            on_stdout=on_stdout or kept.add,
            on_stderr=on_stderr,
            holding=holding,
        )
        return Completed(done.argv, done.exit_code, kept.taken(), done.stderr, done.seconds)

    def out(self, words: Sequence[str], **how: Any) -> bytes:
        """What git answers. Raises Failed "git-failed" when it refuses."""
        done = self.run(words, **how)
        if done.exit_code != 0:
            raise refused(words, done)
        return done.stdout

    def exchange(self, words: Sequence[str], settings: Sequence[tuple[str, str]], protocol: str) -> Exchange:
        """git to talk to; `protocol` is what the client says of the version it speaks, or empty."""
        argv = self.confined.argv(commands.git_argv(words, settings), {self.folder: True})
        env = commands.environment(self.folder) | ({"GIT_PROTOCOL": protocol} if protocol else {})
        return Exchange(argv, env, self.confined.user)

    def beginning(self, words: Sequence[str], most_bytes: int, **how: Any) -> tuple[bytes, bool]:
        """What git answers, cut off after so many bytes; and whether that is all of it. Raises as `out` does."""
        kept = bytearray()

        def keep(piece: bytes) -> None:
            kept.extend(piece)
            if len(kept) > most_bytes:
                raise _Enough

        try:
            done = self.run(words, on_stdout=keep, **how)
        except _Enough:
            return bytes(kept[:most_bytes]), False
        if done.exit_code != 0:
            raise refused(words, done)
        return bytes(kept), True

    def commit(self, revision: str) -> str:
        """The full name of a commit. Raises NotFound "commit-not-found"."""
        done = self.run(commands.resolve(revision))
        name = done.text.strip()
        if done.exit_code != 0 or not name:
            raise NotFound(
                "commit-not-found",
                f"The repository has no commit “{revision:.100}”.",
                hint="`nacre git log` lists them; a branch, a tag or the beginning of a commit's name will do.",
            )
        return name

    def contains(self, newer: str, older: str) -> bool:
        """Whether `older` is `newer` or among what it rests on."""
        return self.run(["merge-base", "--is-ancestor", older, newer]).exit_code == 0

    def refs(self, *patterns: str) -> dict[str, str]:
        """What these refs name, by their full names."""
        lines = self.out(commands.refs(*patterns)).decode(errors="replace").splitlines()
        return {name: sha for sha, _, name in (line.partition(" ") for line in lines)}

    def change_refs(self, changes: Sequence[str]) -> None:
        """Carry out lines of `git update-ref --stdin` together or not at all. Raises Failed "git-failed"."""
        self.out(commands.change_refs(time.time_ns()), stdin=commands.transaction(changes))

    def place(self, branch: str) -> Path:
        """The folder of what is kept about the files of a branch."""
        return self.folder / "nacre" / branch

    def make_place(self, branch: str) -> None:
        """The folder is there, and git may write to it."""
        for folder in (self.folder / "nacre", self.place(branch)):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                _give(folder, self.confined.account)

    def ref_at(self, name: str, when: datetime) -> str | None:
        """What a ref that only `change_refs` changes named at that time; None when there was none."""
        done = self.run(commands.ref_log(name))
        lines = done.text.splitlines() if done.exit_code == 0 else []
        known = ((sha, int(since)) for sha, _, since in (line.partition(" ") for line in lines) if since.isdecimal())
        return next((sha for sha, since_ns in known if since_ns <= to_ns(when)), None)

    def forget(self, branch: str) -> None:
        """Drop what is kept about the files of a branch. Its commits stay."""
        names = self.refs(f"refs/nacre/*/{branch}")
        if names:
            self.change_refs([f"delete {name}" for name in names])
        shutil.rmtree(self.place(branch), ignore_errors=True)

    def entries(self, commit: str) -> list[TreeEntry]:
        """All files of a commit, by path; folders are what their paths say."""
        found = self.out(commands.tree(commit)).split(b"\0")[:-1]
        return sorted((_entry(line) for line in found), key=lambda entry: entry.path)

    def contents(self, entries: Sequence[TreeEntry]) -> Iterator[tuple[TreeEntry, Iterator[bytes]]]:
        """Each entry with its content in pieces, to be taken before the next is asked for."""
        wanted = "".join(f"{entry.object}\n" for entry in entries).encode()
        argv = self.confined.argv(commands.git_argv(commands.contents()), {self.folder: True})
        env = commands.environment(self.folder)
        with Pulled(argv, env, self.confined.user, wanted) as pulled:
            for entry in entries:
                head = pulled.line().split(b" ")
                if len(head) != 3:
                    raise Failed("git-failed", f"The repository has lost the object {entry.object}.")
                pieces = _pieces(pulled, int(head[2]))
                yield entry, pieces
                for _ in pieces:
                    pass
                pulled.take(1)


def refused(words: Sequence[str], done: Completed) -> Failed:
    """git's own words for why it refused."""
    said = (done.stderr or done.stdout).decode(errors="replace").strip()[-2000:]
    return Failed("git-failed", f"`git {words[0]}` failed with {ending(done.exit_code)}: {said or 'without a word'}")


def make(folder: Path, confined: Confined, branch: str) -> Repository:
    """A new, empty repository in a folder of its own; whole or not there at all."""
    making = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _give(making, confined.account)
    Repository(making, confined).out(commands.init(branch))
    making.rename(folder)
    return Repository(folder, confined)


def _give(folder: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(folder, account.uid, account.gid)


class _Enough(Exception):
    """No more is wanted of an answer."""


class _Kept:
    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = bytearray()

    def add(self, piece: bytes) -> None:
        self._bytes += piece
        if len(self._bytes) > self._most_bytes:
            raise TooLarge("git-output-too-large", f"git answers with more than {self._most_bytes:,} bytes.")

    def taken(self) -> bytes:
        return bytes(self._bytes)


def _entry(line: bytes) -> TreeEntry:
    head, _, path = line.partition(b"\t")
    mode, _, name, size = head.split()
    return TreeEntry(path, mode.decode(), name.decode(), 0 if size == b"-" else int(size))


def _pieces(pulled: Pulled, size_bytes: int) -> Iterator[bytes]:
    left = size_bytes
    while left:
        piece = pulled.take(min(left, _PIECE_BYTES))
        left -= len(piece)
        yield piece
