"""Source as a tar that depends on nothing but what is in it: written a piece at a time, and unpacked beneath a folder.

The same files give the same bytes: sorted by whoever hands them in, owned by nobody, all of one time, and of modes that
say no more than whether a file may be run.
"""

import io
import os
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nacre.core.errors import InvalidInput
from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.paths import shown_path

STAMP_S = 315_619_200
"""1980-01-02: tools that make zip files, wheels among them, refuse anything before 1980, in whatever time zone."""

_PIECE_BYTES = 1 << 18
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Item:
    """One path, in bytes relative to the top. `content` is `size_bytes` long, in pieces; a symlink's is its target."""

    path: bytes
    kind: Literal["file", "dir", "symlink"]
    size_bytes: int = 0
    executable: bool = False
    content: Iterable[bytes] = field(default=(), repr=False)


def pack(items: Iterable[Item]) -> Iterator[bytes]:
    """The tar, in pieces. Symlinks that would lead out of it are left out."""
    for item in items:
        info = tarfile.TarInfo(os.fsdecode(item.path))
        info.mtime = STAMP_S
        info.mode = 0o755 if item.executable or item.kind == "dir" else 0o644
        if item.kind == "symlink":
            target = b"".join(item.content)
            if not stays_inside(item.path, target):
                continue
            info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, os.fsdecode(target)
        elif item.kind == "dir":
            info.type = tarfile.DIRTYPE
        else:
            info.size = item.size_bytes
        yield info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
        if item.kind == "file":
            yield from item.content
            yield bytes(-item.size_bytes % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def unpack(tar: Iterable[bytes], folder: Path) -> None:
    """Lay out what `pack` made, or another tar of files, folders and symlinks, in `folder`, which is made if missing.

    Raises InvalidInput "bad-source" for a path or a link that would leave it, for a path that is there already, and for
    what is neither. What was laid out by then stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tarfile.open(fileobj=_Inlet(iter(tar)), mode="r|", encoding="utf-8", errors="surrogateescape") as archive,
        Beneath(folder) as beneath,
    ):
        for member in archive:
            _lay_out(archive, member, folder, beneath)


def stays_inside(path: bytes, target: bytes) -> bool:
    """Whether a symlink at `path` with this target leads to somewhere below the top, judged by the names alone."""
    if not target or target.startswith(b"/") or b"\0" in target:
        return False
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return reached != b".." and not reached.startswith(b"../")


def _lay_out(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, beneath: Beneath) -> None:
    path = _checked(os.fsencode(member.name))
    if not path:
        return
    try:
        if member.isdir():
            _make_folders(path, folder, beneath)
            return
        parent, _, name = path.rpartition(b"/")
        _make_folders(parent, folder, beneath)
        dir_fd = beneath.directory(parent)
        if member.issym():
            target = os.fsencode(member.linkname)
            if not stays_inside(path, target):
                raise _bad(path, "is a link that leads out of it")
            os.symlink(target, name, dir_fd=dir_fd)
        elif member.isreg():
            content = archive.extractfile(member)
            assert content is not None
            fd = os.open(name, _NEW, 0o755 if member.mode & 0o100 else 0o644, dir_fd=dir_fd)
            with open(fd, "wb") as file, content:  # noqa: PTH123 - a descriptor
                while piece := content.read(_PIECE_BYTES):
                    file.write(piece)
        else:
            raise _bad(path, "is neither a file, a folder nor a symlink")
    except FileExistsError:
        raise _bad(path, "is in it twice, or in the way already") from None
    except NOT_THERE:
        raise _bad(path, "lies below something that is no folder") from None


def _make_folders(path: bytes, folder: Path, beneath: Beneath) -> None:
    if not path:
        return
    try:
        beneath.directory(path)
    except FileNotFoundError:
        parent, _, name = path.rpartition(b"/")
        _make_folders(parent, folder, beneath)
        os.mkdir(name, 0o755, dir_fd=beneath.directory(parent))


def _checked(name: bytes) -> bytes:
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    if name.startswith(b"/") or b".." in parts or b"\0" in name:
        raise _bad(name, "leads out of it")
    return b"/".join(parts)


def _bad(path: bytes, why: str) -> InvalidInput:
    return InvalidInput("bad-source", f"The source cannot be unpacked: “{shown_path(path)}” {why}.")


class _Inlet(io.RawIOBase):
    """Pieces as a file that can only be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        gathered = [self._left]
        have = len(self._left)
        while size < 0 or have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            gathered.append(piece)
            have += len(piece)
        whole = b"".join(gathered)
        if size < 0:
            size = len(whole)
        self._left = whole[size:]
        return whole[:size]
