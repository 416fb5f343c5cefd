"""What goes into a layer: folders, files, links, each with nothing but what an image should hold of it."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Failed, InvalidInput

WHITEOUT = ".wh."
"""A name that begins so removes what a lower layer has, instead of being a file."""


@dataclass(frozen=True)
class Folder:
    """`path` is relative to the image's root, without a slash at either end."""

    path: str
    mode: int = 0o755
    uid: int = 0


@dataclass(frozen=True)
class File:
    """`source` is where its content is, or the content itself."""

    path: str
    source: Path | bytes
    executable: bool = False


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    path: str
    target: str


@dataclass(frozen=True)
class Same:
    """A hard link to a file of the same layer whose path sorts before this one."""

    path: str
    as_path: str


Entry = Folder | File | Link | Same


def entries_of(folder: Path, target: str, leave_out: Callable[[str], bool] = lambda path: False) -> Iterator[Entry]:
    """Everything in `folder`, as it is to lie beneath `target` in the image.

    `leave_out` is asked with each path relative to `folder`; what a folder left out holds is not looked at. Of owners,
    times and modes only the executable bit is taken. Sockets, pipes and devices are left out, links never followed.
    Raises InvalidInput "reserved-name" for what would be read as a whiteout, Failed when a file cannot be read.
    """
    if target:
        yield Folder(target)
    yield from _inside(folder, "", target, leave_out)


def _inside(folder: Path, below: str, target: str, leave_out: Callable[[str], bool]) -> Iterator[Entry]:
    with os.scandir(folder / below) as found:
        names = sorted(found, key=lambda entry: entry.name)
    for entry in names:
        path = f"{below}/{entry.name}" if below else entry.name
        if leave_out(path):
            continue
        if entry.name.startswith(WHITEOUT):
            raise InvalidInput(
                "reserved-name",
                f"“{path}” cannot go into an image: names that begin with {WHITEOUT} mean removed files there.",
                hint="Rename it, or leave it out.",
            )
        inside = f"{target}/{path}" if target else path
        if entry.is_symlink():
            yield Link(inside, str(Path(entry.path).readlink()))
        elif entry.is_dir(follow_symlinks=False):
            yield Folder(inside)
            yield from _inside(folder, path, target, leave_out)
        elif entry.is_file(follow_symlinks=False):
            executable = bool(entry.stat(follow_symlinks=False).st_mode & stat.S_IXUSR)
            yield File(inside, folder / path, executable)


def open_source(path: Path) -> tuple[int, int]:
    """(descriptor, size in bytes) of a regular file that nobody swapped for a link. Raises Failed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Failed("file-not-read", f"{path} could not be read: {error.strerror}.") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Failed("file-not-read", f"{path} is no longer a file.")
    return descriptor, status.st_size
