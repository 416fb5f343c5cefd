"""Turning the present tree into that of another moment, touching only what differs.

Everything is first written and verified in a staging folder on the same file system, then renamed into place. Killed
half way, it can be run again: it works on the difference that is left.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from nacre.core.progress import report
from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.entry import Change, Entry, Flaw
from nacre.engines.files.staging import Staged, give_to

_IMPLICIT_MODE = 0o755


@dataclass(frozen=True, slots=True)
class Plan:
    """What restoring would do to the present. bytes_to_write: data of files whose content differs; skipped: paths whose
    content could not be read when they were recorded, and which are left as they are."""

    seq: int
    changes: list[Change]
    bytes_to_write: int
    skipped: list[bytes]


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring did. files_changed counts paths added, changed or removed, folders included."""

    files_changed: int
    bytes_written: int
    skipped: list[bytes]


def chosen(changes: list[Change], only: list[bytes] | None, unknown: list[bytes]) -> tuple[list[Change], list[bytes]]:
    """(changes at or below one of the paths `only`, all when None; paths left out).

    Left out is a file whose content nobody could read, then or now: what was never recorded could not be put back,
    neither by this nor by its undo, so it stays as it is, and with it the folders it lies in. What a folder held that
    nobody could look into then (`unknown`) is left as it is rather than removed.
    """
    if only is not None:
        changes = [c for c in changes if any(is_within(c.path, top) for top in only)]
    staying = [c.path for c in changes if _is_unread(c.before)]
    left_out = {
        c.path
        for c in changes
        if _is_unread(c.before)
        or _is_unread(c.after)
        or (c.before is not None and _makes_way(c.before, c.after) and any(is_within(one, c.path) for one in staying))
        or any(c.path != top and is_within(c.path, top) for top in unknown)
    }
    return [c for c in changes if c.path not in left_out], sorted(left_out)


def _is_unread(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "file" and entry.flaw == Flaw.UNREADABLE


def is_within(path: bytes, top: bytes) -> bool:
    """Whether `path` is `top` or below it; everything is within b""."""
    return not top or path == top or path.startswith(top + b"/")


def contents_needed(changes: list[Change]) -> list[Entry]:
    """The files that have to be written anew; the others differ in attributes at most."""
    return [
        c.after
        for c in changes
        if c.after is not None
        and c.after.kind == "file"
        and (c.before is None or c.before.flaw or not c.before.same_content(c.after))
    ]


def apply(beneath: Beneath, changes: list[Change], staged: dict[bytes, Staged], staging_fd: int) -> None:
    """Make the tree differ no more by `changes`. What changes underneath meanwhile is left for the next round.

    Raises OSError.
    """
    closed = _open_up(beneath, changes)
    for change in sorted(changes, key=lambda c: c.path.count(b"/"), reverse=True):
        if change.before is not None and _makes_way(change.before, change.after):
            _remove(beneath, change.before)
    wanted = [c.after for c in changes if c.after is not None]
    for number, entry in enumerate(wanted):  # by path: folders come before what they hold
        if number % 100 == 0:
            report("restoring files", done=number, total=len(wanted))
        _put(beneath, entry, staged.get(entry.path), staging_fd)
    for path, mode in reversed(closed):
        _set_mode(beneath, path, mode)
    for entry in reversed(wanted):
        if entry.kind == "dir":
            set_attributes_of(beneath, entry)


def _open_up(beneath: Beneath, changes: list[Change]) -> list[tuple[bytes, int]]:
    """Who is not root first has to let themselves into folders; returns (folder, mode to put back), parents first."""
    if os.geteuid() == 0:
        return []
    parents = {change.path.rpartition(b"/")[0] for change in changes}
    above = {path[:end] for path in parents for end in (*_separators(path), len(path))}
    closed = []
    for path in sorted(above - {b""}):
        try:
            dir_fd, name = beneath.locate(path)
            mode = os.stat(name, dir_fd=dir_fd, follow_symlinks=False).st_mode
        except NOT_THERE:
            continue
        if stat.S_ISDIR(mode) and mode & 0o700 != 0o700:
            _set_mode(beneath, path, stat.S_IMODE(mode) | 0o700)
            closed.append((path, stat.S_IMODE(mode)))
    return closed


def _separators(path: bytes) -> list[int]:
    return [position for position, byte in enumerate(path) if byte == ord("/")]


def _set_mode(beneath: Beneath, path: bytes, mode: int) -> None:
    try:
        dir_fd, name = beneath.locate(path)
        fd = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    except NOT_THERE:
        return  # removed, or replaced by what was wanted
    try:
        Path(f"/proc/self/fd/{fd}").chmod(mode)
    finally:
        os.close(fd)


def _makes_way(before: Entry, after: Entry | None) -> bool:
    return after is None or (before.kind == "dir") != (after.kind == "dir")


def _remove(beneath: Beneath, entry: Entry) -> None:
    try:
        dir_fd, name = beneath.locate(entry.path)
        if entry.kind != "dir":
            os.unlink(name, dir_fd=dir_fd)
            return
        _remove_unrecorded(beneath.directory(entry.path))
        beneath.forget()
        dir_fd, name = beneath.locate(entry.path)
        os.rmdir(name, dir_fd=dir_fd)
    except (*NOT_THERE, IsADirectoryError):
        return
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise  # ENOTEMPTY: something new appeared; the next round sees it


def _remove_unrecorded(fd: int) -> None:
    """Sockets, pipes and devices are not journaled, and must not keep a folder from going."""
    with os.scandir(fd) as listing:
        for item in listing:
            mode = item.stat(follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                os.unlink(item.name, dir_fd=fd)


def _put(beneath: Beneath, entry: Entry, staged: Staged | None, staging_fd: int) -> None:
    dir_fd, name = parent_of(beneath, entry.path)
    try:
        if entry.kind == "dir":
            _make_folder(beneath, name, dir_fd)
        elif entry.kind == "symlink":
            assert entry.content is not None
            temporary = b"symlink"
            os.symlink(entry.content, temporary, dir_fd=staging_fd)
            if os.geteuid() == 0:
                os.chown(temporary, entry.uid, entry.gid, dir_fd=staging_fd, follow_symlinks=False)
            os.rename(temporary, name, src_dir_fd=staging_fd, dst_dir_fd=dir_fd)
        elif staged is not None:
            os.rename(staged.name, name, src_dir_fd=staging_fd, dst_dir_fd=dir_fd)
        else:
            set_attributes_of(beneath, entry)
    except (IsADirectoryError, FileExistsError):
        return  # something else took the name meanwhile; the next round sees it


def parent_of(beneath: Beneath, path: bytes) -> tuple[int, bytes]:
    """Like `Beneath.locate`, making folders the moment does not know of (it lies between two of one burst)."""
    try:
        return beneath.locate(path)
    except FileNotFoundError:
        above, _, _ = path.rpartition(b"/")
        dir_fd, name = parent_of(beneath, above)
        os.mkdir(name, _IMPLICIT_MODE, dir_fd=dir_fd)
        return beneath.locate(path)


def _make_folder(beneath: Beneath, name: bytes, dir_fd: int) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=dir_fd)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(name, dir_fd=dir_fd, follow_symlinks=False).st_mode):
            raise


def set_attributes_of(beneath: Beneath, entry: Entry) -> None:
    """Owner, mode and mtime of a path as it lies there, whatever its permissions, without following a symlink."""
    try:
        dir_fd, name = beneath.locate(entry.path)
        fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    except NOT_THERE:
        return
    try:
        status = os.fstat(fd)
        if stat.S_IFMT(status.st_mode) != (stat.S_IFDIR if entry.kind == "dir" else stat.S_IFREG):
            return
        here = Path(f"/proc/self/fd/{fd}")  # stands for the file itself, not for its name
        if (status.st_uid, status.st_gid) != (entry.uid, entry.gid):
            give_to(entry, lambda uid, gid: os.chown(here, uid, gid))
        here.chmod(entry.mode)
        if entry.kind == "file":
            os.utime(here, ns=(entry.mtime_ns, entry.mtime_ns))
    finally:
        os.close(fd)
