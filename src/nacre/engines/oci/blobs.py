"""The store of blobs by digest: a blob is there whole, proven and on disk, or it is not there."""

import errno
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nacre.core.errors import Failed, NacreError, NoSpace, NotFound, TooLarge
from nacre.engines.oci.digests import Digest, digest_of, hex_of, require_digest

LARGEST_BYTES = 16 << 30
_READ_BYTES = 1 << 20
_REFRESHED_AFTER_S = 600


@dataclass(frozen=True)
class Blob:
    """What is stored: `used_at` is when it was written or last asked for, in seconds since the epoch."""

    digest: Digest
    size_bytes: int
    used_at: float = 0.0


class Writer:
    """One blob on its way into the store. Raises NoSpace when the disk is full, TooLarge beyond the limit."""

    def __init__(self, file: IO[bytes], limit_bytes: int, require_room: Callable[[int], None]) -> None:
        self.size_bytes = 0
        self._require_room = require_room
        self._file = file
        self._limit_bytes = limit_bytes
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> Digest:
        """Of what was written so far."""
        return Digest(f"sha256:{self._hash.hexdigest()}")

    def write(self, data: bytes) -> None:
        self.size_bytes += len(data)
        if self.size_bytes > self._limit_bytes:
            raise too_large(self._limit_bytes)
        self._require_room(len(data))
        self._file.write(data)
        self._hash.update(data)


class Blobs:
    """Several threads may read and write at once, and two may write the same blob.

    `spare_bytes` are left free on the disk, for those whose databases lie there too.
    """

    def __init__(self, folder: Path, spare_bytes: int = 0) -> None:
        self.folder = folder
        self._spare_bytes = spare_bytes
        self._unfinished = folder / "unfinished"
        self._removing = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._unfinished.mkdir(mode=0o700, exist_ok=True)

    def has(self, digest: Digest) -> bool:
        """Whether it is there. Whoever asks may rely on it: for collection it is as good as new."""
        path = self.path(digest)
        with self._removing:
            try:
                if time.time() - path.stat().st_mtime > _REFRESHED_AFTER_S:
                    os.utime(path)
            except FileNotFoundError:
                return False
            return True

    def size_bytes(self, digest: Digest) -> int:
        """Raises NotFound "blob-not-found"."""
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            raise _missing(digest) from None

    def open(self, digest: Digest) -> IO[bytes]:
        """Open for reading; what is read stays readable when the blob is removed. Raises NotFound."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise _missing(digest) from None

    def read(self, digest: Digest, limit_bytes: int) -> bytes:
        """A small blob whole, proven again. Raises NotFound, TooLarge, InvalidInput "digest-mismatch"."""
        with self.open(digest) as file:
            data = file.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise too_large(limit_bytes)
        require_digest(digest, digest_of(data), "A stored blob")
        return data

    def add(
        self, content: bytes | Iterable[bytes], expected: Digest | None = None, limit_bytes: int = LARGEST_BYTES
    ) -> Blob:
        """Store it. Raises InvalidInput "digest-mismatch", TooLarge, NoSpace: then nothing is left of it."""
        with self.writing(expected, limit_bytes) as writer:
            for chunk in (content,) if isinstance(content, bytes) else content:
                writer.write(chunk)
        return Blob(writer.digest, writer.size_bytes)

    @contextmanager
    def writing(self, expected: Digest | None = None, limit_bytes: int = LARGEST_BYTES) -> Iterator[Writer]:
        """A writer whose blob is stored when the block ends, and of which nothing is left when it raises."""
        path = self._unfinished / secrets.token_hex(16)
        with said_in_words():
            try:
                with path.open("xb") as file:
                    writer = Writer(file, limit_bytes, self.require_room)
                    yield writer
                    require_digest(expected, writer.digest, "What arrived")
                    file.flush()
                    os.fsync(file.fileno())
                self._place(path, writer.digest)
            finally:
                path.unlink(missing_ok=True)

    def adopt(self, path: Path, expected: Digest, limit_bytes: int = LARGEST_BYTES) -> Blob:
        """Take over a finished file of the same file system, once it is proven to be `expected`.

        Raises InvalidInput "digest-mismatch" and TooLarge; the file is then left where it is.
        """
        with said_in_words(), path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit_bytes:
                raise too_large(limit_bytes)
            found = Digest(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")
            require_digest(expected, found, "What arrived")
            os.fsync(file.fileno())
            self._place(path, found)
        return Blob(found, size)

    def require_room(self, size_bytes: int) -> None:
        """Raises NoSpace "disk-full" when so much more would leave less than is to be spared."""
        status = os.statvfs(self.folder)
        if size_bytes + self._spare_bytes > status.f_bavail * status.f_frsize:
            raise _full()

    def remove(self, digest: Digest, unused_since: float | None = None) -> int:
        """Bytes freed; 0 when it is gone already, or was used after `unused_since` (seconds since the epoch)."""
        path = self.path(digest)
        with self._removing:
            try:
                status = path.stat()
            except FileNotFoundError:
                return 0
            if unused_since is not None and status.st_mtime > unused_since:
                return 0
            path.unlink()
            return status.st_size

    def sweep(self) -> None:
        """Remove what a crash left half written. Only while nobody writes."""
        for path in self._unfinished.iterdir():
            path.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[Blob]:
        for path in self.folder.glob("sha256/*/*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield Blob(Digest(f"sha256:{path.name}"), status.st_size, status.st_mtime)

    def path(self, digest: Digest) -> Path:
        """Where it lies, whether it is there or not."""
        name = hex_of(digest)
        return self.folder / "sha256" / name[:2] / name

    def _place(self, path: Path, digest: Digest) -> None:
        """Replacing an equal blob is right: the new one is proven, the old one may have been damaged on disk."""
        place = self.path(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(place)
        for folder in (place.parent, place.parent.parent):
            _sync_folder(folder)


def chunks_of(file: IO[bytes], size_bytes: int | None = None) -> Iterator[bytes]:
    """What is left of an open file, or the next `size_bytes` of it, piece by piece; closes it."""
    left = size_bytes
    with file:
        while chunk := file.read(_READ_BYTES if left is None else min(left, _READ_BYTES)):
            yield chunk
            left = None if left is None else left - len(chunk)


@contextmanager
def said_in_words() -> Iterator[None]:
    """Turns what the file system answers into NoSpace or Failed."""
    try:
        yield
    except NacreError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full() from error
        raise Failed("image-not-stored", f"An image could not be stored: {error.strerror or error}.") from error


def too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(
        "blob-too-large",
        f"It has more than the {limit_bytes:,} bytes that are taken.",
        hint="Leave large data out of the image; what an app keeps belongs in its /data folder.",
    )


def _full() -> NoSpace:
    return NoSpace(
        "disk-full",
        "The disk is full: nothing of the image was stored.",
        hint="Make room; `nacre image collect` removes images that nothing needs.",
    )


def _missing(digest: Digest) -> NotFound:
    return NotFound("blob-not-found", f"There is no blob {digest}.", hint="Push it, or publish again.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
