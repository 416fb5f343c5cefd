"""Reads a branch's tree at a moment, and takes single paths back to it."""

import base64
import os
import stat
import time
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Literal

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.locks import Locks
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns
from nacre.core.errors import NotFound, TooLarge
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.files.edits import Edits
from nacre.engines.files.entry import TYPE_BITS, Entry
from nacre.engines.files.journal import Version
from nacre.engines.files.paths import read_path, shown_path
from nacre.engines.files.tree import Tree
from nacre.files.media import head_of, sniff
from nacre.files.versions import HASHED_UP_TO_BYTES, version, version_of
from nacre.files.workbench import Workbench
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
    """`encoding` is utf-8 for text, base64 for anything else. `etag` is the version to save a change against."""

    path: str
    size_bytes: int
    mode: str
    modified_at: datetime
    etag: str
    encoding: Literal["utf-8", "base64"]
    content: str


class FileStatus(Listed):
    """`etag` is of files only. `media_type` is what the content looks like."""

    etag: str | None
    media_type: str | None


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
    def __init__(
        self,
        workbench: Workbench,
        catalog: Catalog,
        trees: Trees,
        locks: Locks,
        positions: Positions,
        clock: Clock,
    ) -> None:
        self._workbench = workbench
        self._catalog = catalog
        self._trees = trees
        self._locks = locks
        self._positions = positions
        self._clock = clock

    def listing(
        self, ref: Ref, path: str, moment: str | None, *, recursive: bool, after: str | None, limit: int | None
    ) -> list[Listed]:
        """What lies in a folder, by path; raises NotFound when there is no such folder then.

        Of a long list at most `limit`, those beyond the path `after`.
        """
        folder, beyond = read_path(path), read_path(after) if after else b""
        if moment is None and not recursive:
            return self._present(ref, folder, beyond, limit)
        tree, seq = self._at(ref, moment)
        if folder:
            entry = tree.entry(seq, folder)
            if entry is None or entry.kind == "gone":
                raise _no_file(path)
            if entry.kind != "dir":
                return [_listed(entry)]
        found: Iterable[Entry] = tree.children(seq, folder, beyond)
        if recursive:
            found = (entry for entry in tree.listing(seq, folder) if entry.path > beyond)
        return [_listed(entry) for entry in islice(found, limit)]

    def status(self, ref: Ref, path: str, moment: str | None) -> FileStatus:
        """One path, with the version of its content. Raises NotFound "file-not-found"."""
        name = read_path(path)
        if moment is not None:
            tree, seq = self._at(ref, moment)
            entry = tree.entry(seq, name)
            if entry is None or entry.kind == "gone":
                raise _no_file(path)
            head = next(tree.read(seq, name), b"") if entry.kind == "file" else b""
            whole = entry.kind == "file" and entry.size <= HASHED_UP_TO_BYTES
            return FileStatus(
                **_listed(entry).model_dump(),
                etag=version(b"".join(tree.read(seq, name))) if whole else None,
                media_type=sniff(head, path) if entry.kind == "file" else None,
            )
        with self._workbench.look(ref) as edits:
            found = edits.status(name)
            listed = found and _live(name, found, edits)
            if listed is None:
                raise NotFound("file-not-found", f"There is no “{path}”.", hint="`nacre files ls` shows what there is.")
            if listed.kind != "file":
                return FileStatus(**listed.model_dump(), etag=None, media_type=None)
            return FileStatus(
                **listed.model_dump(), etag=version_of(edits, name), media_type=sniff(head_of(edits, name), path)
            )

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
        encoding: Literal["utf-8", "base64"]
        try:
            encoding, text = "utf-8", raw.decode()
        except UnicodeDecodeError:
            encoding, text = "base64", base64.b64encode(raw).decode()
        return Content(
            path=shown_path(name),
            size_bytes=len(raw),
            mode=f"{entry.mode:o}",
            modified_at=from_ns(entry.mtime_ns),
            etag=version(raw),
            encoding=encoding,
            content=text,
        )

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

    def _present(self, ref: Ref, folder: bytes, beyond: bytes, limit: int | None) -> list[Listed]:
        """What lies in a folder on disk: nothing is read but the folder, and the attributes of what is shown of it."""
        prefix = folder + b"/" if folder else b""
        with self._workbench.look(ref) as edits:
            status = edits.status(folder)
            if status is not None and not stat.S_ISDIR(status.st_mode):
                listed = _live(folder, status, edits)
                return [listed] if listed else []
            paths = sorted(prefix + os.fsencode(item.name) for item in edits.names(folder))
            found = ((path, edits.status(path)) for path in paths if path > beyond)
            listing = (_live(path, status, edits) for path, status in found if status is not None)
            return list(islice((one for one in listing if one is not None), limit))

    def _at(self, ref: Ref, moment: str | None) -> tuple[Tree, int]:
        branch: Branch = self._catalog.branch(ref)
        tree = self._trees.tree(branch)
        if moment is None:
            return tree, tree.barrier(rescan=False).seq
        return tree, self._positions.find(branch, parse_moment(moment, self._clock())).files_seq


def _listed(entry: Entry) -> Listed:
    return Listed(
        path=shown_path(entry.path),
        kind=entry.kind,
        size_bytes=entry.size,
        mode=f"{entry.mode:o}",
        modified_at=from_ns(entry.mtime_ns or entry.time_ns),
        target=shown_path(entry.content or b"") if entry.kind == "symlink" else None,
    )


def _live(path: bytes, status: os.stat_result, edits: Edits) -> Listed | None:
    """A path as it is on disk; None for sockets, pipes and devices, which no history keeps."""
    kind = next((name for name, bits in TYPE_BITS.items() if bits == stat.S_IFMT(status.st_mode)), None)
    if kind is None:
        return None
    return Listed(
        path=shown_path(path),
        kind=kind,
        size_bytes=0 if kind == "dir" else status.st_size,
        mode=f"{stat.S_IMODE(status.st_mode):o}",
        modified_at=from_ns(status.st_mtime_ns),
        target=shown_path(edits.target(path)) if kind == "symlink" else None,
    )


def _version(version: Version) -> FileVersion:
    entry = version.entry
    since = from_ns(entry.time_ns + 999)  # rounded up: asked for at just that time, it is this version already
    return FileVersion(time=since, kind=entry.kind, size_bytes=entry.size, mode=f"{entry.mode:o}")


def _no_file(path: str) -> NotFound:
    return NotFound("file-not-found", f"There was no “{path}” at that moment.", hint="`nacre files ls` shows what was.")
