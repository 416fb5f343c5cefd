"""Reads a branch's tree at a moment, and takes single paths back to it."""

import base64
import os
import time
from datetime import datetime
from typing import Literal

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.locks import Locks
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns
from nacre.core.errors import InvalidInput, NotFound, TooLarge
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.files.entry import Entry
from nacre.engines.files.journal import Version
from nacre.engines.files.tree import Tree
from nacre.history.positions import Positions

LARGEST_READ_BYTES = 32 << 20


class Listed(Answer):
    """One path. `mode` is octal as in chmod; `target` is where a symlink points."""

    path: str
    kind: str
    size_bytes: int
    mode: str
    modified_at: datetime
    target: str | None


class Content(Answer):
    """`encoding` is utf-8 for text, base64 for anything else."""

    path: str
    size_bytes: int
    encoding: Literal["utf-8", "base64"]
    content: str


class FileVersion(Answer):
    """From `time` on, the path was this; kind “gone” means that it was not there."""

    time: datetime
    kind: str
    size_bytes: int
    mode: str


class PathsRestored(Answer):
    asked: datetime
    files_changed: int
    bytes_written: int
    seconds: float
    undo: str


class Files:
    def __init__(self, catalog: Catalog, trees: Trees, locks: Locks, positions: Positions, clock: Clock) -> None:
        self._catalog = catalog
        self._trees = trees
        self._locks = locks
        self._positions = positions
        self._clock = clock

    def listing(self, ref: Ref, path: str, moment: str | None, *, recursive: bool) -> list[Listed]:
        """What lies in a folder; raises NotFound when there is no such folder then."""
        tree, seq = self._at(ref, moment)
        folder = read_path(path)
        if folder:
            entry = tree.entry(seq, folder)
            if entry is None or entry.kind == "gone":
                raise _no_file(path)
            if entry.kind != "dir":
                return [_listed(entry)]
        return [_listed(entry) for entry in tree.listing(seq, folder, recursive=recursive)]

    def read(self, ref: Ref, path: str, moment: str | None) -> Content:
        """A whole file. Raises NotFound, InvalidInput for what is no file, TooLarge above 32 MiB."""
        tree, seq = self._at(ref, moment)
        name = read_path(path)
        entry = tree.entry(seq, name)
        if entry is None or entry.kind == "gone":
            raise _no_file(path)
        if entry.size > LARGEST_READ_BYTES:
            raise TooLarge(
                "file-too-large",
                f"“{path}” has {entry.size:,} bytes; at most {LARGEST_READ_BYTES:,} are shown.",
                hint="Branch from that moment to have the file itself.",
            )
        raw = b"".join(tree.read(seq, name))
        try:
            return Content(path=_json_safe(name), size_bytes=len(raw), encoding="utf-8", content=raw.decode())
        except UnicodeDecodeError:
            text = base64.b64encode(raw).decode()
            return Content(path=_json_safe(name), size_bytes=len(raw), encoding="base64", content=text)

    def history(self, ref: Ref, path: str) -> list[FileVersion]:
        """All that is kept of a path, oldest first. Raises NotFound when nothing is."""
        tree = self._trees.tree(self._catalog.branch(ref))
        tree.barrier(rescan=False)
        name = read_path(path)
        versions = tree.versions(name) if name else []
        if not versions:
            raise NotFound("file-not-found", f"Nothing is known of “{path}” within the history of {ref}.")
        return [_version(version) for version in versions]

    def restore(self, ref: Ref, paths: list[str], moment: str) -> PathsRestored:
        """Make these paths, with all below them, what they were; the rest of the tree is not touched."""
        started = time.monotonic()
        with self._locks.hold(ref):
            branch = self._catalog.branch(ref)
            position = self._positions.find(branch, parse_moment(moment, self._clock()))
            tree = self._trees.tree(branch)
            tree.barrier(rescan=True)
            before = self._clock()
            only = [read_path(path) for path in paths]
            for name, path in zip(only, paths, strict=True):
                if tree.entry(position.files_seq, name) is None and tree.entry(tree.head().seq, name) is None:
                    raise _no_file(path)
            restored = tree.restore(position.files_seq, only)
        return PathsRestored(
            asked=position.asked,
            files_changed=restored.files_changed,
            bytes_written=restored.bytes_written,
            seconds=time.monotonic() - started,
            undo=f"nacre files restore {ref} {' '.join(paths)} --at {before.isoformat()}",
        )

    def _at(self, ref: Ref, moment: str | None) -> tuple[Tree, int]:
        branch: Branch = self._catalog.branch(ref)
        tree = self._trees.tree(branch)
        if moment is None:
            return tree, tree.barrier(rescan=False).seq
        return tree, self._positions.find(branch, parse_moment(moment, self._clock())).files_seq


def read_path(path: str) -> bytes:
    """A path as people write it → bytes relative to the tree. Raises InvalidInput for paths that leave the tree."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path:
        raise InvalidInput("bad-path", f"“{path}” leaves the branch's folder.", hint="Name a path inside it.")
    return os.fsencode("/".join(parts))


def _listed(entry: Entry) -> Listed:
    return Listed(
        path=_json_safe(entry.path),
        kind=entry.kind,
        size_bytes=entry.size,
        mode=f"{entry.mode:o}",
        modified_at=from_ns(entry.mtime_ns or entry.time_ns),
        target=_json_safe(entry.content or b"") if entry.kind == "symlink" else None,
    )


def _json_safe(raw: bytes) -> str:
    """Bytes that are no UTF-8 are written \\xNN."""
    return raw.decode(errors="backslashreplace")


def _version(version: Version) -> FileVersion:
    entry = version.entry
    return FileVersion(time=from_ns(entry.time_ns), kind=entry.kind, size_bytes=entry.size, mode=f"{entry.mode:o}")


def _no_file(path: str) -> NotFound:
    return NotFound("file-not-found", f"There was no “{path}” at that moment.", hint="`nacre files ls` shows what was.")
