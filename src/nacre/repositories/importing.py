"""Fills a project that is being made with a repository from elsewhere: its branches, its tags, and main's files."""

import os
import re
from pathlib import Path

import psutil

from nacre.branches.catalog import Branch
from nacre.branches.places import Places
from nacre.core.errors import Failed, TooLarge
from nacre.core.names import MAIN
from nacre.core.progress import report
from nacre.engines.files.staging import require_space
from nacre.engines.git import commands
from nacre.engines.git.repository import Repository
from nacre.engines.git.worktree import WorkTree
from nacre.repositories.origins import Origin, located, read_url, resolve
from nacre.repositories.shelf import Shelf

_LONGEST_S = 1800.0
_PROGRESS = re.compile(rb"([A-Z][a-z]+ [a-z]+):\s+\d+% \((\d+)/(\d+)\)")


class Importing:
    """`largest_bytes` bounds what is fetched, and what it is when it is laid out."""

    def __init__(self, places: Places, shelf: Shelf, largest_bytes: int) -> None:
        self._places = places
        self._shelf = shelf
        self._largest_bytes = largest_bytes

    def check(self, url: str, anywhere: bool) -> None:
        """Refuse what will not be cloned, before anything is made.

        Raises InvalidInput "bad-git-url", NotAllowed "private-address".
        """
        self._located(url, anywhere)

    def bring_in(self, branch: Branch, url: str, anywhere: bool) -> None:
        """Fetch everything and lay out the files of `branch`, a new project's main, whose folder is empty.

        What there is of the repository after an error goes with the project. Raises as `check` does; Failed
        "clone-failed", TooLarge "repository-too-large", NoSpace.
        """
        origin = self._located(url, anywhere)
        repository = self._shelf.open(branch.ref.project)
        self._fetch(repository, origin)
        self._name_main(repository, origin)
        head = repository.refs(f"refs/heads/{MAIN}").get(f"refs/heads/{MAIN}")
        if head is None:
            return
        size_bytes = sum(entry.size_bytes for entry in repository.entries(head))
        if size_bytes > self._largest_bytes:
            raise TooLarge(
                "repository-too-large",
                f"Its files have {size_bytes:,} bytes; at most {self._largest_bytes:,} are taken.",
                hint="The setting upload_limit_gb says how much.",
            )
        files = self._places.files(branch.ref)
        require_space(files, size_bytes)
        report("laying out the files")
        with WorkTree(repository, MAIN, files).held() as tree:
            tree.move(None, head, keep=False)

    def _located(self, url: str, anywhere: bool) -> Origin:
        own = [one.address for card in psutil.net_if_addrs().values() for one in card]
        return located(read_url(url), resolve, own, anywhere=anywhere)

    def _fetch(self, repository: Repository, origin: Origin) -> None:
        report("fetching")
        told = _Told()
        done = repository.run(
            commands.fetch_all(origin.dialled), settings=origin.settings, timeout_s=_LONGEST_S, connected=True,
            trusting=_authorities(), largest_file_bytes=self._largest_bytes, on_stderr=told.hear,
        )  # fmt: skip
        if done.exit_code != 0:
            raise _failed(origin.url, told.words())

    def _name_main(self, repository: Repository, origin: Origin) -> None:
        """What the other side calls its first branch is `main` here."""
        ours = f"refs/heads/{MAIN}"
        if ours in repository.refs(ours):
            return
        done = repository.run(
            commands.remote_head(origin.dialled), settings=origin.settings, timeout_s=60, connected=True,
            trusting=_authorities(),
        )  # fmt: skip
        sha = done.text.partition("\t")[0].strip() if done.exit_code == 0 else ""
        if sha:
            repository.change_refs([f"create {ours} {repository.commit(sha)}"])


class _Told:
    """git's progress, passed on as it comes; the rest are its words."""

    def __init__(self) -> None:
        self._line = b""
        self._words: list[bytes] = []

    def hear(self, piece: bytes) -> None:
        *lines, self._line = re.split(rb"[\r\n]", self._line + piece)
        for line in lines:
            progress = _PROGRESS.search(line)
            if progress:
                report(progress[1].decode().lower(), done=int(progress[2]), total=int(progress[3]))
            elif line.startswith((b"fatal:", b"error:", b"remote:")):
                self._words = [*self._words, line][-20:]

    def words(self) -> str:
        return b"\n".join([*self._words, self._line]).decode(errors="replace").strip()


def _authorities() -> Path | None:
    """The file of certificates that this machine was told to trust for git, where it was told."""
    name = os.environ.get("GIT_SSL_CAINFO", "")
    return Path(name) if name and Path(name).is_file() else None


def _failed(url: str, words: str) -> Failed:
    return Failed(
        "clone-failed",
        f"“{url}” could not be cloned; nothing was made. git says: {words or 'nothing'}",
        hint="Is the address right, and the repository public? Clone a private one yourself, and push it here.",
    )
