"""Unpacks an archive that lies in a branch: all of it or nothing, beneath one folder, and within bounds."""

import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from nacre.core.errors import InvalidInput, TooLarge
from nacre.core.names import Ref
from nacre.core.progress import report
from nacre.engines.files.edits import Edits
from nacre.engines.files.paths import read_path
from nacre.engines.files.tarmembers import TarMember
from nacre.files.changing import Collision, require_free_place, target_path
from nacre.files.names import new_path
from nacre.files.workbench import PathsChanged, Workbench

MOST_FILES = 100_000
LARGEST_RATIO = 200
"""How many times larger than the archive its content may be: text packs to a twentieth, a bomb to a thousandth."""
_FREE_OF_RATIO_BYTES = 16 << 20
_PIECE_BYTES = 1 << 20
_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """`mode` with type bits; `target` is a symlink's."""

    name: str
    mode: int
    size_bytes: int
    content: IO[bytes] | None
    target: str = ""


@dataclass
class Bounds:
    """What may still come out; `spend` raises TooLarge "archive-too-large"."""

    archive_bytes: int
    most_bytes: int
    files: int = 0
    bytes: int = 0

    def spend(self, files: int, size_bytes: int) -> None:
        self.files += files
        self.bytes += size_bytes
        largest = min(self.most_bytes, max(_FREE_OF_RATIO_BYTES, self.archive_bytes * LARGEST_RATIO))
        if self.files > MOST_FILES or self.bytes > largest:
            raise TooLarge(
                "archive-too-large",
                f"The archive holds more than {MOST_FILES:,} files or {largest:,} bytes; nothing was unpacked.",
                hint="Unpack it in a terminal of the workspace, if you trust it.",
            )


class Unpacking:
    def __init__(self, workbench: Workbench, most_bytes: int) -> None:
        self._workbench = workbench
        self._most_bytes = most_bytes

    def unpack(self, ref: Ref, path: str, to: str | None, collision: Collision) -> PathsChanged:
        """Unpack a zip or tar into the folder `to`, by default named like the archive.

        Raises InvalidInput "bad-archive" for one that is broken, or would put anything outside of the folder.
        """
        with self._workbench.change(ref, losing=collision == "replace") as change:
            edits = change.edits
            target = target_path(edits, to if to is not None else folder_of(path))
            target = require_free_place(edits, target, collision)
            with os.fdopen(edits.open(read_path(path)), "rb") as file:
                bounds = Bounds(os.fstat(file.fileno()).st_size, self._most_bytes)
                with edits.gathering(target) as apart:
                    try:
                        for member in members(file, bounds):
                            _put(apart, member, bounds)
                    except _BROKEN as error:
                        raise _bad(f"it is broken: {error}") from error
            return change.done([target])


def folder_of(path: str) -> str:
    """The folder that an archive is unpacked into when none is named: docs/site.tar.gz → docs/site."""
    for suffix in _SUFFIXES:
        if path.lower().endswith(suffix) and len(path) > len(suffix):
            return path[: -len(suffix)]
    return f"{path} unpacked"


def leads_outside(name: str, target: str) -> bool:
    """Whether a symlink at `name`, relative to the folder, leads out of it."""
    if target.startswith("/") or "\0" in target or not target:
        return True
    depth = len(PurePosixPath(name).parts) - 1
    for part in PurePosixPath(target).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


def members(file: IO[bytes], bounds: Bounds) -> Iterator[Member]:
    """What an archive holds, in its order. Raises InvalidInput "bad-archive", or what its library raises."""
    if zipfile.is_zipfile(file):
        file.seek(0)
        yield from _zip_members(file, bounds)
        return
    file.seek(0)
    try:
        archive = tarfile.open(fileobj=file, mode="r:*", tarinfo=TarMember)  # noqa: SIM115  (closed below)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _bad("it is neither a zip nor a tar") from error
    with archive:
        for info in archive:
            if info.isdir():
                yield Member(info.name, stat.S_IFDIR, 0, None)
            elif info.issym():
                yield Member(info.name, stat.S_IFLNK, 0, None, info.linkname)
            elif info.isreg():
                yield Member(info.name, stat.S_IFREG | info.mode & 0o777, info.size, archive.extractfile(info))
            else:
                raise _bad(f"“{info.name:.100}” is a device or a hard link")


def _zip_members(file: IO[bytes], bounds: Bounds) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        Bounds(bounds.archive_bytes, bounds.most_bytes).spend(len(infos), sum(info.file_size for info in infos))
        for info in infos:
            mode = info.external_attr >> 16
            if info.flag_bits & 1:
                raise _bad("it is encrypted")
            if info.is_dir():
                yield Member(info.filename, stat.S_IFDIR, 0, None)
                continue
            with archive.open(info) as content:
                if stat.S_ISLNK(mode):
                    yield Member(info.filename, stat.S_IFLNK, 0, None, content.read(4096).decode(errors="replace"))
                else:
                    yield Member(info.filename, stat.S_IFREG | mode & 0o777, info.file_size, content)


def _put(apart: Edits, member: Member, bounds: Bounds) -> None:
    bounds.spend(1, 0)
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise _bad(f"“{member.name:.100}” leaves the folder")
    if not [part for part in member.name.split("/") if part not in ("", ".")]:
        return
    name = new_path(member.name)
    path = os.fsencode(name)
    if bounds.files % 100 == 0:
        report("unpacking", done=bounds.files)
    if stat.S_ISDIR(member.mode):
        apart.make_folder(path)
    elif stat.S_ISLNK(member.mode):
        if leads_outside(name, member.target):
            raise _bad(f"the symlink “{name:.100}” leads outside")
        apart.link(path, os.fsencode(member.target))
    else:
        apart.write(path, _pieces(member, bounds), replace=False, mode=member.mode & 0o777 | 0o600, durable=False)


def _pieces(member: Member, bounds: Bounds) -> Iterator[bytes]:
    while member.content is not None and (piece := member.content.read(_PIECE_BYTES)):
        bounds.spend(0, len(piece))
        yield piece


def _bad(why: str) -> InvalidInput:
    return InvalidInput("bad-archive", f"The archive cannot be unpacked: {why}. Nothing was.", hint="Pack it anew.")
