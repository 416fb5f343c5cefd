"""The bytes of documents that wait, as files under their digest: on disk before a row names them, gone with the last.

A process that is killed in between leaves a file that no row names; the next sweep takes it away.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nacre.core.errors import NoSpace
from nacre.core.whole import write_whole

_LEFT_FREE_BYTES = 1 << 30
"""Of the disk: databases need room more than what waits does."""


class Spool:
    """Called from worker threads. `named` tells which of some digests are in a row (of all rows for None)."""

    def __init__(self, folder: Path, named: Callable[[Collection[str] | None], set[str]]) -> None:
        self._folder = folder
        self._named = named
        self._coming: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def keeping(self, contents: Mapping[str, bytes]) -> Iterator[None]:
        """Contents, by their digests, are on disk inside the block, by the end of which a row names those that are to
        stay. Raises NoSpace "disk-full"."""
        with self._lock:
            self._coming.update(contents.keys())
        try:
            self._write(contents)
            yield
        finally:
            with self._lock:
                self._coming.subtract(contents.keys())
                self._coming += Counter()  # those at zero go
            self.release(contents)

    def read(self, digest: str) -> bytes:
        """Raises FileNotFoundError when no row names it any more."""
        return self._path(digest).read_bytes()

    def release(self, digests: Collection[str]) -> None:
        """Remove those of them that no row names any more."""
        with self._lock:
            for digest in set(digests) - self._coming.keys() - self._named(digests):
                self._path(digest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove all that no row names, and what was never written to its end."""
        with self._lock:
            if not self._folder.exists():
                return
            needed = self._named(None) | self._coming.keys()
            for path in self._folder.iterdir():
                if path.name not in needed and path.name.removesuffix(".new") not in self._coming:
                    path.unlink(missing_ok=True)

    def _write(self, contents: Mapping[str, bytes]) -> None:
        with self._lock:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            missing = {digest: one for digest, one in contents.items() if not self._path(digest).exists()}
            self._require_room(sum(map(len, missing.values())))
            for digest, content in missing.items():
                write_whole(self._path(digest), content)
            if missing:
                _sync(self._folder)

    def _require_room(self, needed_bytes: int) -> None:
        disk = os.statvfs(self._folder)
        free_bytes = disk.f_bavail * disk.f_frsize
        if needed_bytes + _LEFT_FREE_BYTES > free_bytes:
            raise NoSpace(
                "disk-full",
                f"What is to wait needs {needed_bytes:,} bytes of disk, and {free_bytes:,} are free, of which "
                f"{_LEFT_FREE_BYTES:,} are kept for databases.",
                hint="Make room, or send less at once: what waits goes as it is added.",
            )

    def _path(self, digest: str) -> Path:
        return self._folder / digest


def _sync(folder: Path) -> None:
    """The names of new files are on disk only once their folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
