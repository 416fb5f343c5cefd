"""Filling a new, empty tree with the state of another at some moment: cloned where the live file still is that."""

import errno
import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nacre.core.progress import report
from nacre.engines.files.beneath import Beneath
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.content import spans
from nacre.engines.files.entry import Entry, Flaw
from nacre.engines.files.restore import parent_of, set_attributes_of
from nacre.engines.files.staging import set_attributes, write_content

_FICLONE = 0x40049409  # linux/fs.h; Python 3.11 has no name for it
_NO_REFLINK = (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Branched:
    """What filling the tree took. bytes_shared: cloned, not copied; bytes_written: copied or written from the store.

    storage is "copy-on-write" when live files were cloned and none had to be copied, else "copied"; skipped: paths that
    were unreadable when they were recorded.
    """

    files: int
    bytes_shared: int
    bytes_written: int
    storage: Literal["copy-on-write", "copied"]
    skipped: list[bytes]


@dataclass(slots=True)
class Filling:
    """Running totals, and what each file written is known to hold."""

    shared: int = 0
    written: int = 0
    copied: bool = False
    reflink: bool = True
    files: int = 0


def fill(
    root: Path, source_root: Path, state: Iterable[Entry], blobs: BlobStore
) -> tuple[Branched, dict[bytes, Entry]]:
    """Write `state` into the empty folder `root`. Returns totals and, by path, the entries with their new inodes.

    Raises Damaged, OSError; what was written by then stays (the caller removes the tree).
    """
    totals = Filling()
    known: dict[bytes, Entry] = {}
    folders: list[Entry] = []
    skipped: list[bytes] = []
    with Beneath(root) as target, Beneath(source_root) as source:
        for entry in state:
            dir_fd, name = parent_of(target, entry.path)
            if entry.kind == "dir":
                os.mkdir(name, 0o700, dir_fd=dir_fd)
                folders.append(entry)
            elif entry.kind == "symlink":
                assert entry.content is not None
                os.symlink(entry.content, name, dir_fd=dir_fd)
                if os.geteuid() == 0:
                    os.chown(name, entry.uid, entry.gid, dir_fd=dir_fd, follow_symlinks=False)
            elif entry.flaw == Flaw.UNREADABLE:
                skipped.append(entry.path)
            else:
                known[entry.path] = _file(source, blobs, entry, name, dir_fd, totals)
                totals.files += 1
                if totals.files % 100 == 0:
                    report("filling the branch with files", done=totals.files)
        for folder in reversed(folders):
            set_attributes_of(target, folder)
    storage: Literal["copy-on-write", "copied"] = "copy-on-write" if totals.shared and not totals.copied else "copied"
    return Branched(totals.files, totals.shared, totals.written, storage, skipped), known


def _file(source: Beneath, blobs: BlobStore, entry: Entry, name: bytes, dir_fd: int, totals: Filling) -> Entry:
    fd = os.open(name, _NEW, 0o600, dir_fd=dir_fd)
    try:
        if not _from_live(source, entry, fd, totals):
            os.ftruncate(fd, 0)
            totals.written += write_content(blobs, entry, fd)
        return entry._replace(ino=set_attributes(fd, entry).st_ino)
    finally:
        os.close(fd)


def _from_live(source: Beneath, entry: Entry, fd: int, totals: Filling) -> bool:
    """Clone or copy the source's live file when it is, before and after, exactly the one recorded."""
    try:
        dir_fd, name = source.locate(entry.path)
        live = os.open(name, _READ, dir_fd=dir_fd)
    except OSError:
        return False  # gone or changed in kind: the store has it
    try:
        status = os.fstat(live)
        if not _is_recorded(status, entry):
            return False
        cloned = totals.reflink and _clone(live, fd)
        if not cloned:
            totals.reflink = False
            _copy(live, fd, status)
        if not _is_recorded(os.fstat(live), entry):
            return False
        if cloned:
            totals.shared += entry.size
        elif entry.size:
            totals.written += min(entry.size, status.st_blocks * 512)
            totals.copied = True
        return True
    finally:
        os.close(live)


def _is_recorded(status: os.stat_result, entry: Entry) -> bool:
    live = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return live == (entry.ino, entry.size, entry.mtime_ns, entry.ctime_ns)


def _clone(live: int, fd: int) -> bool:
    try:
        fcntl.ioctl(fd, _FICLONE, live)
    except OSError as error:
        if error.errno in _NO_REFLINK:
            return False
        raise
    return True


def _copy(live: int, fd: int, status: os.stat_result) -> None:
    for offset, length in spans(live, status.st_size, status.st_blocks * 512):
        end = offset + length
        while offset < end:
            count = os.copy_file_range(live, fd, end - offset, offset, offset)
            if count == 0:
                break  # shorter than it was: the second look refuses it
            offset += count
    os.ftruncate(fd, status.st_size)
