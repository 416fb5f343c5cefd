"""Changes a branch's files on behalf of people: save, make, move, copy, delete; each can be taken back."""

import os
import stat
from collections.abc import Sequence
from typing import Literal

from nacre.core.clock import from_ns
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.names import Ref
from nacre.core.progress import report
from nacre.engines.files.edits import Edits
from nacre.engines.files.paths import read_path, shown_path
from nacre.files.names import beside, new_path
from nacre.files.versions import version_of
from nacre.files.workbench import PathsChanged, Workbench

Collision = Literal["refuse", "replace", "keep-both"]
ABSENT = "absent"
_MOST_COPIES = 1000


class FileWritten(PathsChanged):
    """`etag` is the version to save the next change against."""

    etag: str
    size_bytes: int
    created: bool


class Changing:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def write(self, ref: Ref, path: str, content: bytes, expected: str | None) -> FileWritten:
        """Save a whole file. `expected` is the etag it was opened with, or “absent” for one that must be new.

        Raises Conflict "file-changed" or "file-exists" with nothing written.
        """
        with self._workbench.change(ref) as change:
            name = target_path(change.edits, path)
            before = change.edits.status(name)
            if expected not in (None, ABSENT):
                _require_version(change.edits, name, before, expected)
            change.edits.require_space(len(content))
            change.edits.write(name, [content], replace=expected != ABSENT)
            etag = version_of(change.edits, name)
            done = change.done([name])
        return FileWritten(**done.model_dump(), etag=etag, size_bytes=len(content), created=before is None)

    def make_folder(self, ref: Ref, path: str) -> PathsChanged:
        """A new folder, with those above it. Raises Conflict "file-exists"."""
        with self._workbench.change(ref) as change:
            name = target_path(change.edits, path)
            if not change.edits.make_folder(name):
                raise Conflict("file-exists", f"“{path}” is already there.", hint="Choose another name.")
            return change.done([name])

    def move(self, ref: Ref, paths: Sequence[str], to: str, collision: Collision) -> PathsChanged:
        """Rename one path, or move several into a folder. Raises NotFound, Conflict "file-exists"."""
        with self._workbench.change(ref, losing=collision == "replace") as change:
            pairs = _destinations(change.edits, paths, to, collision)
            for source, target in pairs:
                change.edits.move(source, target)
            return change.done([target for _, target in pairs], [path for pair in pairs for path in pair])

    def copy(self, ref: Ref, paths: Sequence[str], to: str, collision: Collision) -> PathsChanged:
        """Copy one path to a new name, or several into a folder; folders with all below them."""
        with self._workbench.change(ref, losing=collision == "replace") as change:
            pairs = _destinations(change.edits, paths, to, collision)
            for at, (source, target) in enumerate(pairs):
                report("copying", done=at, total=len(pairs))
                change.edits.copy(source, target)
            return change.done([target for _, target in pairs])

    def delete(self, ref: Ref, paths: Sequence[str]) -> PathsChanged:
        """Delete files, and folders with all below them. Raises NotFound with nothing deleted."""
        with self._workbench.change(ref, losing=True) as change:
            names = [read_path(path) for path in paths]
            for name, path in zip(names, paths, strict=True):
                _require(change.edits, name, path)
            for name in names:
                change.edits.remove(name)
            return change.done(names)


def target_path(edits: Edits, path: str) -> bytes:
    """Where something is to be put: a path that is there already, or one that may be made anew."""
    name = read_path(path)
    if not name:
        raise InvalidInput("bad-path", "This names the branch's whole folder.", hint="Name a path inside it.")
    return name if edits.status(name) is not None else os.fsencode(new_path(path))


def free_name(edits: Edits, path: bytes) -> bytes:
    """`path`, or where something is there already, the next name beside it. Raises Conflict "file-exists"."""
    folder, slash, name = path.rpartition(b"/")
    for number in range(2, _MOST_COPIES):
        if edits.status(path) is None:
            return path
        path = folder + slash + os.fsencode(beside(os.fsdecode(name), number))
    raise Conflict("file-exists", f"“{shown_path(path)}” is already there, as are all names beside it.")


def require_free_place(edits: Edits, target: bytes, collision: Collision) -> bytes:
    """`target` itself, where nothing is there or it may be replaced. Raises Conflict "file-exists"."""
    if collision == "refuse" and edits.status(target) is not None:
        raise Conflict(
            "file-exists",
            f"“{shown_path(target)}” is already there; nothing was changed.",
            hint="Choose another name, or say whether to replace it or to keep both (`collision`).",
        )
    return free_name(edits, target) if collision == "keep-both" else target


def _destinations(edits: Edits, paths: Sequence[str], to: str, collision: Collision) -> list[tuple[bytes, bytes]]:
    """Each source with where it goes, all checked before anything is moved."""
    into = len(paths) > 1 or to.endswith("/") or _is_folder(edits, read_path(to))
    pairs: list[tuple[bytes, bytes]] = []
    for path in paths:
        source = read_path(path)
        _require(edits, source, path)
        last = os.fsdecode(source).rpartition("/")[2]
        place = f"{to}/{last}" if into else to
        target = _checked(edits, source, read_path(place) if into and not read_path(to) else target_path(edits, place))
        target = require_free_place(edits, target, collision)
        pairs.append((source, target))
    if len({target for _, target in pairs}) < len(pairs):
        raise Conflict("file-exists", "Two of these paths have the same name.", hint="Move them one by one.")
    return pairs


def _checked(edits: Edits, source: bytes, target: bytes) -> bytes:
    if target == source or target.startswith(source + b"/"):
        raise InvalidInput(
            "bad-path", f"“{shown_path(source)}” cannot go into itself.", hint="Choose a place outside of it."
        )
    if source.startswith(target + b"/"):
        raise InvalidInput(
            "bad-path", f"“{shown_path(source)}” lies in what it would replace.", hint="Choose another place."
        )
    return target


def _is_folder(edits: Edits, path: bytes) -> bool:
    status = edits.status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def _require(edits: Edits, name: bytes, path: str) -> None:
    if not name:
        raise InvalidInput("bad-path", "This names the branch's whole folder.", hint="Name a path inside it.")
    if edits.status(name) is None:
        raise NotFound("file-not-found", f"There is no “{path}”.", hint="`nacre files ls` shows what there is.")


def _require_version(edits: Edits, name: bytes, status: os.stat_result | None, expected: str | None) -> None:
    if status is None:
        raise Conflict(
            "file-changed",
            f"“{shown_path(name)}” was deleted since you opened it; nothing was written.",
            hint="Save it without a version to write it anew.",
        )
    if version_of(edits, name) != expected:
        raise Conflict(
            "file-changed",
            f"“{shown_path(name)}” was changed at {from_ns(status.st_mtime_ns).isoformat()}, since you opened it, and"
            f" has {status.st_size:,} bytes now; nothing was written.",
            hint="Compare and save against the new version, or save without a version to overwrite it.",
        )
