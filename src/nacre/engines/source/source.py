"""A look at a project's files, enough to tell how it is run. It never leaves the tree and never waits on a file."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from nacre.engines.files.beneath import NOT_THERE, Beneath

LARGEST_BYTES = 1 << 20
_NOT_SOURCE = frozenset(
    ("node_modules", "__pycache__", "dist", "build", "out", "target", "venv", "coverage", "log", "logs", "tmp")
)
_MOST_ENTRIES = 20_000


class Source:
    """The files under `root`, or under `folder` of it. The tree is untrusted: symlinks are not followed."""

    def __init__(self, root: Path, folder: str = "") -> None:
        self._root = root
        self._prefix = f"{folder}/" if folder else ""

    def below(self, folder: str) -> "Source":
        """The files of a folder, as if nothing lay beside it."""
        return Source(self._root, f"{self._prefix}{folder}".rstrip("/"))

    def text(self, path: str, limit_bytes: int = LARGEST_BYTES) -> str | None:
        """A file as text; None when there is no such file, it is no ordinary one, or it is larger than the limit."""
        with Beneath(self._root) as beneath, suppress(*NOT_THERE, OSError, UnicodeDecodeError):
            folder, name = beneath.locate(self._at(path))
            # Without O_NONBLOCK a named pipe would hold the daemon until somebody writes to it.
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(fd, "rb") as file:
                seen = os.fstat(fd)
                if stat.S_ISREG(seen.st_mode) and seen.st_size <= limit_bytes:
                    return file.read(limit_bytes).decode()
        return None

    def has(self, path: str) -> bool:
        """Whether anything is there, a symlink included."""
        return self.stamp(path) is not None

    def names(self, folder: str = "") -> tuple[str, ...]:
        """What lies in a folder, in order; nothing when it is none."""
        with Beneath(self._root) as beneath, suppress(*NOT_THERE, OSError):
            found = beneath.directory(self._at(folder).rstrip(b"/"))
            return tuple(sorted(os.listdir(found)))  # noqa: PTH208 - a descriptor is no path
        return ()

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        """Another one whenever the file was written or replaced; None when it is not there."""
        with Beneath(self._root) as beneath, suppress(*NOT_THERE, OSError):
            folder, name = beneath.locate(self._at(path))
            seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return seen.st_mtime_ns, seen.st_size, seen.st_ino
        return None

    def json(self, path: str) -> dict[str, Any]:
        """A file of JSON whose top is an object; empty when it is missing or is not that."""
        with suppress(ValueError, RecursionError):
            found = json.loads(self.text(path) or "")
            if isinstance(found, dict):
                return found
        return {}

    def newest_ns(self) -> int:
        """When the newest source file or folder changed; what tools write (node_modules, dist, …) does not count."""
        newest, left, folders = 0, _MOST_ENTRIES, [self._root / self._prefix]
        while folders:
            with suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return newest
                    if entry.name.startswith(".") or entry.name in _NOT_SOURCE or entry.is_symlink():
                        continue
                    newest = max(newest, entry.stat(follow_symlinks=False).st_mtime_ns)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
        return newest

    def _at(self, path: str) -> bytes:
        return os.fsencode(f"{self._prefix}{path}")
