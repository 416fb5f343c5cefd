"""What is built from: the files of one commit, or of one checkpoint, as a tar that depends on nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nacre.branches.catalog import Catalog
from nacre.branches.trees import Trees
from nacre.core.errors import Conflict
from nacre.core.names import MAIN, Ref
from nacre.engines.files.entry import Entry, Flaw
from nacre.engines.files.ignored import Rule, is_ignored, read_rules
from nacre.engines.files.paths import shown_path
from nacre.engines.files.sourcetar import Item, pack, unpack
from nacre.engines.files.tree import Tree
from nacre.engines.git.repository import Repository
from nacre.repositories.shelf import Shelf

NEVER = frozenset({b".git", b"node_modules", b".venv", b"__pycache__"})
"""Names that are no source wherever they are: made anew from what is."""

_LARGEST_RULES_BYTES = 1 << 16


class FromCommit(BaseModel):
    """All files of a commit, as they are in it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["commit"] = "commit"
    sha: str


class FromCheckpoint(BaseModel):
    """The files of a branch at one point of their history; `number` is the checkpoint's in the log."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["checkpoint"] = "checkpoint"
    branch: str = MAIN
    number: int
    files_seq: int


Source = Annotated[FromCommit | FromCheckpoint, Field(discriminator="kind")]
_SOURCE: TypeAdapter[FromCommit | FromCheckpoint] = TypeAdapter(Source)


def read_source(document: object) -> FromCommit | FromCheckpoint:
    """A source as a job's payload carries it, in JSON's values. Raises pydantic.ValidationError."""
    return _SOURCE.validate_python(document)


class Sources:
    def __init__(self, catalog: Catalog, trees: Trees, shelf: Shelf) -> None:
        self._catalog = catalog
        self._trees = trees
        self._shelf = shelf

    def archive(self, project: str, source: FromCommit | FromCheckpoint) -> Iterator[bytes]:
        """The tar, in pieces, pulled in any thread; the same source gives the same bytes. Close it if it ends early.

        Raises NotFound "project-not-found", "branch-not-found", "commit-not-found", and what the history raises for a
        moment it does not keep; Conflict "file-unreadable".
        """
        if isinstance(source, FromCommit):
            repository = self._shelf.open(project)
            return pack(_committed(repository, repository.commit(source.sha)))
        tree = self._trees.tree(self._catalog.branch(Ref(project, source.branch)))
        tree.journal.require(source.files_seq)
        return pack(_recorded(tree, source.files_seq))

    def unpack(self, project: str, source: FromCommit | FromCheckpoint, folder: Path) -> None:
        """Lay the files out in `folder`, which is made if missing and else empty; they belong to the caller's user."""
        unpack(self.archive(project, source), folder)


def _committed(repository: Repository, commit: str) -> Iterator[Item]:
    entries = [entry for entry in repository.entries(commit) if entry.mode != "160000"]
    for entry, pieces in repository.contents(entries):
        kind: Literal["file", "symlink"] = "symlink" if entry.mode == "120000" else "file"
        yield Item(entry.path, kind, entry.size_bytes, entry.mode == "100755", pieces)


def _recorded(tree: Tree, seq: int) -> Iterator[Item]:
    """All that is source, by path; what .gitignore files leave out is none."""
    entries = [entry for entry in tree.listing(seq) if entry.kind != "gone"]
    rules = _rules(tree, seq, entries)
    left_out: set[bytes] = set()
    for entry in sorted(entries, key=lambda entry: entry.path):
        folder, _, name = entry.path.rpartition(b"/")
        if folder in left_out or name in NEVER or _is_ignored(entry, rules):
            if entry.kind == "dir":
                left_out.add(entry.path)
        elif entry.kind == "dir":
            yield Item(entry.path, "dir")
        elif entry.kind == "symlink":
            yield Item(entry.path, "symlink", content=(entry.content or b"",))
        elif entry.flaw == Flaw.UNREADABLE:
            raise Conflict(
                "file-unreadable",
                f"“{shown_path(entry.path)}” could not be read when this moment was kept.",
                hint="Make it readable and take another checkpoint, or name it in .gitignore.",
            )
        else:
            yield Item(entry.path, "file", entry.size, bool(entry.mode & 0o100), tree.read(seq, entry.path))


def _rules(tree: Tree, seq: int, entries: list[Entry]) -> dict[str, tuple[Rule, ...]]:
    """Of each folder that has a .gitignore, its rules."""
    found: dict[str, tuple[Rule, ...]] = {}
    for entry in entries:
        folder, _, name = entry.path.rpartition(b"/")
        if name == b".gitignore" and entry.kind == "file" and not entry.flaw and entry.size <= _LARGEST_RULES_BYTES:
            text = b"".join(tree.read(seq, entry.path)).decode(errors="replace")
            found[shown_path(folder)] = read_rules(text)
    return found


def _is_ignored(entry: Entry, rules: dict[str, tuple[Rule, ...]]) -> bool:
    if not rules:
        return False
    path = shown_path(entry.path)
    above = [""] + [path[:at] for at, letter in enumerate(path) if letter == "/"]
    layers = [(folder, rules[folder]) for folder in above if folder in rules]
    return is_ignored(path, folder=entry.kind == "dir", layers=layers)
