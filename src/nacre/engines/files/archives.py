"""Archives made on the way: zip and tar.gz of any size, a piece at a time, never whole in memory or on disk."""

import io
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Format = Literal["zip", "tar.gz"]
_GATHER_BYTES = 1 << 16
_OLDEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Item:
    """A path of the archive: `mode` with its type bits, `content` in pieces (a symlink's is its target)."""

    name: str
    mode: int
    mtime_ns: int
    size_bytes: int
    content: Iterator[bytes]


class _Outlet(io.RawIOBase):
    """A file that can only be written; what was written is taken away again and again."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken

    def __len__(self) -> int:
        return len(self._written)


def zipped(items: Iterator[Item]) -> Iterator[bytes]:
    """A zip with Unix modes and symlinks; zip64 where it is needed."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, allowZip64=True, strict_timestamps=False) as archive:
        for item in items:
            folder = stat.S_ISDIR(item.mode)
            info = zipfile.ZipInfo(item.name + "/" if folder else item.name, _zip_time(item.mtime_ns))
            info.external_attr = item.mode << 16 | (0x10 if folder else 0)
            info.compress_type = zipfile.ZIP_STORED if folder else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=item.size_bytes > 1 << 31) as member:
                for piece in item.content:
                    member.write(piece)
                    if len(outlet) >= _GATHER_BYTES:
                        yield outlet.take()
            if len(outlet) >= _GATHER_BYTES:
                yield outlet.take()
    yield outlet.take()


def tar_gz(items: Iterator[Item]) -> Iterator[bytes]:
    """A gzipped tar (pax) with modes and symlinks."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    gathered = bytearray()
    for piece in _tar(items):
        gathered += packer.compress(piece)
        if len(gathered) >= _GATHER_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered) + packer.flush()


def _tar(items: Iterator[Item]) -> Iterator[bytes]:
    for item in items:
        info = tarfile.TarInfo(item.name)
        info.mode, info.mtime = stat.S_IMODE(item.mode), item.mtime_ns // 1_000_000_000
        if stat.S_ISLNK(item.mode):
            info.type, info.linkname = tarfile.SYMTYPE, b"".join(item.content).decode(errors="surrogateescape")
        elif stat.S_ISDIR(item.mode):
            info.type = tarfile.DIRTYPE
        else:
            info.size = item.size_bytes
        yield info.tobuf(tarfile.PAX_FORMAT, errors="surrogateescape")
        if info.isreg():
            yield from item.content
            yield bytes(-item.size_bytes % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _zip_time(time_ns: int) -> tuple[int, int, int, int, int, int]:
    moment = time.gmtime(time_ns // 1_000_000_000)
    return max(_OLDEST_IN_ZIP, moment[:6])
