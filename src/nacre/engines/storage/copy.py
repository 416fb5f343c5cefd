"""Plain copies, for every other file system: several files at a time, holes kept, inside the kernel."""

import errno
import os
from pathlib import Path

from nacre.engines.storage.driver import Storage, remove_tree
from nacre.engines.storage.tree import clone_tree


class Copy(Storage):
    name = "copy"
    copy_on_write = False
    atomic = False

    def remove(self, path: Path) -> None:
        remove_tree(path)

    def probe(self, directory: Path) -> bool:
        return os.access(directory, os.W_OK)

    def _make_root(self, path: Path) -> None:
        path.mkdir(parents=False)

    def _clone(self, source: Path, target: Path, leave_empty: frozenset[str]) -> int:
        target.mkdir()
        return clone_tree(source, target, copy_file, leave_empty)


def copy_file(source: int, target: int, size_bytes: int) -> int:
    """Copy one open file into another, data only: holes stay holes. Returns bytes copied."""
    copied = offset = 0
    while offset < size_bytes:
        try:
            begin = os.lseek(source, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            break  # only a hole is left
        end = min(os.lseek(source, begin, os.SEEK_HOLE), size_bytes)
        copied += _copy_range(source, target, begin, end)
        offset = max(end, begin + 1)
    os.ftruncate(target, size_bytes)
    return copied


def _copy_range(source: int, target: int, begin: int, end: int) -> int:
    position = begin
    while position < end:
        done = os.copy_file_range(source, target, end - position, position, position)
        if done == 0:
            break  # the source was truncated meanwhile
        position += done
    return position - begin
