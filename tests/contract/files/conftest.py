"""A history, a watched tree, and a way to look at a folder that misses nothing."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from nacre.engines.files import FileHistory, Tree


@pytest.fixture
def history(tmp_path: Path) -> Iterator[FileHistory]:
    made = FileHistory(tmp_path / "history")
    yield made
    made.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def tree(history: FileHistory, root: Path) -> Tree:
    made = history.tree("main", root)
    made.start()
    return made


Look = dict[bytes, tuple[object, ...]]


def look(root: Path) -> Look:
    """Everything about a tree that a restore promises: kind, mode, owner, content, and the mtime of files."""
    seen: Look = {}
    for path in sorted(root.rglob("*")):  # does not follow symlinks
        status = path.lstat()
        relative = os.fsencode(path.relative_to(root))
        who = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        if stat.S_ISLNK(status.st_mode):
            seen[relative] = ("symlink", os.fsencode(path.readlink()))
        elif stat.S_ISDIR(status.st_mode):
            seen[relative] = ("dir", *who)
        elif stat.S_ISREG(status.st_mode):
            seen[relative] = ("file", *who, status.st_mtime_ns, path.read_bytes())
    return seen


def recorded(tree: Tree, seq: int) -> Look:
    """What the journal says the tree was at `seq`, in the same words as `look`."""
    seen: Look = {}
    for entry in tree.listing(seq):
        who = (entry.mode, entry.uid, entry.gid)
        if entry.kind == "symlink":
            seen[entry.path] = ("symlink", entry.content)
        elif entry.kind == "dir":
            seen[entry.path] = ("dir", *who)
        else:
            seen[entry.path] = ("file", *who, entry.mtime_ns, b"".join(tree.read(seq, entry.path)))
    return seen
