"""Writing files from the store beside the tree, verified, before anything in the tree is touched."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Damaged, NoSpace
from nacre.core.progress import report
from nacre.core.whole import write_at
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.content import Chunk
from nacre.engines.files.entry import Entry, Flaw
from nacre.engines.files.packs import BrokenRecord

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SPARE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """A file ready to be renamed into the tree: its name in the staging folder and what it holds."""

    name: str
    entry: Entry


@contextmanager
def staging_folder(path: Path) -> Iterator[int]:
    """A private, empty folder open as a descriptor; removed with all that is left in it, a crash's leftovers too."""
    _clear(path)
    path.mkdir(mode=0o700)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
        _clear(path)


def bytes_to_write(blobs: BlobStore, entries: list[Entry]) -> int:
    """Bytes of data (holes cost nothing) the files among `entries` take. Raises Damaged."""
    return sum(chunk.length for entry in entries for chunk in file_chunks(blobs, entry))


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raises NoSpace, with the bytes needed, when `needed_bytes` do not fit on the disk of `folder`."""
    status = os.statvfs(folder)
    free_bytes = status.f_frsize * (status.f_bfree if os.geteuid() == 0 else status.f_bavail)
    if needed_bytes + _SPARE_BYTES > free_bytes:
        raise NoSpace(
            "disk-full",
            f"Restoring the files needs {needed_bytes} bytes and {free_bytes} are free; nothing was changed.",
            hint="Free some space and try again.",
        )


def stage(blobs: BlobStore, entries: list[Entry], fd: int) -> tuple[dict[bytes, Staged], int]:
    """Write every file of `entries` into the folder `fd`, attributes included. Returns (by path, bytes written).

    Raises Damaged naming path and pack, OSError.
    """
    staged: dict[bytes, Staged] = {}
    written = 0
    for number, entry in enumerate(entries):
        if number % 100 == 0:
            report("writing files", done=number, total=len(entries))
        name = f"{number:08d}"
        file = os.open(name, _NEW, 0o600, dir_fd=fd)
        try:
            written += write_content(blobs, entry, file)
            written_file = set_attributes(file, entry)
        finally:
            os.close(file)
        staged[entry.path] = Staged(name, entry._replace(ino=written_file.st_ino))
    return staged, written


def write_content(blobs: BlobStore, entry: Entry, fd: int) -> int:
    """Fill the empty file `fd` with the content of `entry`, holes as holes; returns bytes written. Raises Damaged."""
    written = 0
    for chunk in file_chunks(blobs, entry):
        try:
            data = blobs.get(chunk.address)
        except BrokenRecord as error:
            raise damaged(entry.path, error) from error
        write_at(fd, data, chunk.offset)
        written += len(data)
    os.ftruncate(fd, entry.size)
    return written


def set_attributes(fd: int, entry: Entry) -> os.stat_result:
    """Owner (where allowed), mode and mtime of the open file; owner first, because chown clears setuid."""
    status = os.fstat(fd)
    if (status.st_uid, status.st_gid) != (entry.uid, entry.gid):
        give_to(entry, lambda uid, gid: os.fchown(fd, uid, gid))
    os.fchmod(fd, entry.mode)
    if not stat.S_ISDIR(status.st_mode):
        os.utime(fd, ns=(entry.mtime_ns, entry.mtime_ns))
    return status


def file_chunks(blobs: BlobStore, entry: Entry) -> list[Chunk]:
    """The blobs of a file, in order. Raises Damaged, also when the file could not be read when it was recorded."""
    if entry.flaw == Flaw.UNREADABLE:
        raise Damaged(
            "history-damaged",
            f"The content of {show(entry.path)} could not be read when it was recorded.",
            hint="Choose another moment; `nacre files history` lists the versions of a file.",
        )
    try:
        return blobs.chunks(entry.layout, entry.content if entry.kind == "file" else None, entry.size)
    except BrokenRecord as error:
        raise damaged(entry.path, error) from error


def give_to(entry: Entry, chown: Callable[[int, int], None]) -> None:
    """Change the owner; who is not root keeps what is theirs."""
    try:
        chown(entry.uid, entry.gid)
    except PermissionError:
        if os.geteuid() == 0:
            raise


def damaged(path: bytes, error: BrokenRecord) -> Damaged:
    return Damaged(
        "history-damaged",
        f"The content of {show(path)} is lost: pack {error.pack} {error.reason}; nothing was changed.",
        hint="`nacre history verify` lists what is damaged; choose another moment or leave this file out.",
    )


def show(path: bytes) -> str:
    """A path for people: bytes that are not UTF-8 are escaped."""
    return path.decode("utf-8", "backslashreplace")


def _clear(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
