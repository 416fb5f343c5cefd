"""Walks a directory tree and rebuilds it elsewhere, file by file, with a cloning function of the driver's choice."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nacre.core.errors import Failed, NoSpace
from nacre.core.progress import report

CloneFile = Callable[[int, int, int], int]
"""(source descriptor, target descriptor, size in bytes) -> bytes really copied."""

THREADS = min(4, os.cpu_count() or 1)
FILES_PER_TASK = 64


def clone_tree(source: Path, target: Path, clone_file: CloneFile, leave_empty: frozenset[str]) -> int:
    """Rebuild `source` at `target`, which must exist and be empty; returns bytes copied.

    Regular files go through `clone_file`, several at a time; symlinks are copied as they are, never followed;
    owners, modes and modification times are kept. Files that vanish meanwhile are left out. Raises NoSpace, Failed.
    """
    directories: list[tuple[str, os.stat_result]] = [(".", source.stat())]
    files = list(_walk(source, target, ".", leave_empty, directories))

    def clone_some(names: list[str]) -> int:
        return sum(_clone_one(source / name, target / name, clone_file) for name in names)

    try:
        tasks = [files[at : at + FILES_PER_TASK] for at in range(0, len(files), FILES_PER_TASK)]
        copied = _side_by_side(clone_some, tasks)
    except OSError as error:
        raise _explained(error) from error
    for name, status in reversed(directories):
        _take_over(target / name, status)
    return copied


def _side_by_side(clone_some: Callable[[list[str]], int], tasks: list[list[str]]) -> int:
    """Bytes copied by all tasks. Whoever watches the progress may end the clone by raising."""
    copied = 0
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for done, bytes_of_one in enumerate(pool.map(clone_some, tasks), start=1):
                copied += bytes_of_one
                report("copying", done=done, total=len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return copied


def _walk(
    source: Path,
    target: Path,
    folder: str,
    leave_empty: frozenset[str],
    directories: list[tuple[str, os.stat_result]],
) -> Iterator[str]:
    """Make the directories and symlinks under `folder` at once and name its regular files."""
    with os.scandir(source / folder) as entries:
        for entry in entries:
            name = entry.name if folder == "." else f"{folder}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                (target / name).mkdir(mode=0o700)
                directories.append((name, entry.stat(follow_symlinks=False)))
                if name not in leave_empty:
                    yield from _walk(source, target, name, leave_empty, directories)
            elif entry.is_symlink():
                _copy_symlink(source / name, target / name)
            elif entry.is_file(follow_symlinks=False):
                yield name


def _copy_symlink(source: Path, target: Path) -> None:
    target.symlink_to(source.readlink())
    status = source.lstat()
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def _clone_one(source: Path, target: Path, clone_file: CloneFile) -> int:
    try:
        reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return 0
    try:
        status = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            copied = clone_file(reading, writing, status.st_size)
            if os.geteuid() == 0:
                os.fchown(writing, status.st_uid, status.st_gid)
            os.fchmod(writing, stat.S_IMODE(status.st_mode))
            os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)
    return copied


def _take_over(target: Path, status: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid)
    target.chmod(stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _explained(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("disk-full", f"The disk is full: {error.filename or 'a clone'} could not be written.")
    return Failed("clone-failed", f"Cloning {error.filename or 'a file'} failed: {error.strerror}.")
