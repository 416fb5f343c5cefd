"""Pack files: append-only runs of compressed, addressed records. A pack knows nothing of the index.

A record is a 45-byte header (magic, BLAKE3 address of the raw bytes, raw and stored length, codec), then its body.
"""

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

import zstandard
from blake3 import blake3

from nacre.core.whole import write_at

PACK_LIMIT_BYTES = 64 << 20
ADDRESS_BYTES = 32
HEADER = struct.Struct("<4s32sIIB")
_MAGIC = b"NPK1"
_RAW, _ZSTD = 0, 1
# Level 1: history is written far more often than it is read, and beside somebody's build.
_LEVEL = 1


class BrokenRecord(Exception):
    """A record is missing or does not hash to its address. `pack` is the file's name, `reason` says what is wrong."""

    def __init__(self, pack: str, reason: str) -> None:
        super().__init__(f"{pack}: {reason}")
        self.pack = pack
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: pack number, offset of its header, length on disk (header included), raw length; bytes."""

    pack: int
    start: int
    stored: int
    raw: int


def address_of(data: bytes) -> bytes:
    return blake3(data).digest()


_local = threading.local()  # zstandard's contexts are not to be shared between threads


def encode(address: bytes, data: bytes) -> bytes:
    """The record of `data`; stored as it is where compression gains nothing."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=False)
    packed = compressor.compress(data)
    if len(packed) >= len(data):
        return HEADER.pack(_MAGIC, address, len(data), len(data), _RAW) + data
    return HEADER.pack(_MAGIC, address, len(data), len(packed), _ZSTD) + packed


def pack_name(number: int) -> str:
    return f"{number:08d}.pack"


class Packs:
    """The folder of packs. Appending is serialised; reading needs no lock because records never move within a pack."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700, exist_ok=True)
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._current = 1
        self._end = 0
        self._fd: int | None = None
        self._unsynced: set[int] = set()

    def resume(self, pack: int, end: int) -> None:
        """Continue after the last indexed record; anything behind it is a torn tail of a crash and is cut off."""
        self._current, self._end = max(pack, 1), end
        path = self.path(self._current)
        size = path.stat().st_size if path.exists() else 0
        if size > end:
            os.truncate(path, end)
        if size < end:  # a damaged pack stays as it is, as evidence for verify; new records go elsewhere
            self._roll()

    def append(self, records: list[bytes]) -> list[tuple[int, int]]:
        """Write `records` (see `encode`) one after the other; returns (pack, start) of each.

        Raises OSError (a full disk) with the pack cut back to where it was.
        """
        size = sum(map(len, records))
        with self._lock:
            if self._end and self._end + size > PACK_LIMIT_BYTES:
                self._roll()
            fd = self._open()
            begin = self._end
            try:
                write_at(fd, b"".join(records), begin)
            except OSError:
                os.ftruncate(fd, begin)
                raise
            places = []
            for record in records:
                places.append((self._current, self._end))
                self._end += len(record)
            self._unsynced.add(self._current)
            return places

    def read(self, address: bytes, place: Place) -> bytes:
        """The raw bytes at `place`, proven to hash to `address`. Raises BrokenRecord, FileNotFoundError."""
        name = pack_name(place.pack)
        try:
            fd = os.open(self.path(place.pack), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise BrokenRecord(name, f"cannot be opened ({error.strerror})") from error
        try:
            record = os.pread(fd, place.stored, place.start)
        except OSError as error:
            raise BrokenRecord(name, f"cannot be read at {place.start} ({error.strerror})") from error
        finally:
            os.close(fd)
        return _decode(name, address, place, record)

    def sync(self) -> tuple[int, int]:
        """Make everything appended so far survive a power cut; returns (pack, end) up to which that holds."""
        with self._sync_lock:
            with self._lock:
                mark = (self._current, self._end)
                dirty, self._unsynced = self._unsynced, set()
            for pack in dirty:
                _sync_path(self.path(pack), os.O_WRONLY)
            if dirty:
                _sync_path(self.directory, os.O_RDONLY | os.O_DIRECTORY)
            return mark

    def seal(self) -> None:
        """Let the next record begin a new pack (so that the current one can be compacted too)."""
        with self._lock:
            if self._end:
                self._roll()

    def numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self.directory.glob("*.pack"))

    @property
    def current(self) -> int:
        return self._current

    def path(self, pack: int) -> Path:
        return self.directory / pack_name(pack)

    def remove_except(self, needed: set[int]) -> None:
        """Remove the packs nothing refers to; the one being appended to stays."""
        with self._lock:
            for pack in self.numbers():
                if pack not in needed and pack != self._current:
                    self.remove(pack)

    def remove(self, pack: int) -> None:
        self.path(pack).unlink(missing_ok=True)

    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.directory.glob("*.pack"))

    def close(self) -> None:
        with self._lock:
            self._drop_fd()

    def _open(self) -> int:
        if self._fd is None:
            self._fd = os.open(self.path(self._current), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._fd

    def _roll(self) -> None:
        self._drop_fd()
        self._current += 1
        self._end = 0

    def _drop_fd(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _decode(name: str, address: bytes, place: Place, record: bytes) -> bytes:
    if len(record) < place.stored or len(record) < HEADER.size:
        raise BrokenRecord(name, f"ends before offset {place.start + place.stored}")
    magic, found, raw, stored, codec = HEADER.unpack_from(record)
    body = record[HEADER.size :]
    if magic != _MAGIC or found != address or stored != len(body) or raw != place.raw or codec not in (_RAW, _ZSTD):
        raise BrokenRecord(name, f"has an altered header at offset {place.start}")
    if codec == _ZSTD:
        try:
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=raw)
        except zstandard.ZstdError as error:
            raise BrokenRecord(name, f"does not decompress at offset {place.start}") from error
    if address_of(body) != address:
        raise BrokenRecord(name, f"has altered content at offset {place.start}")
    return body


def _sync_path(path: Path, flags: int) -> None:
    try:
        fd = os.open(path, flags | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # compacted away meanwhile
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
