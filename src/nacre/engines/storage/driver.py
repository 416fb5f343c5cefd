"""What every storage driver can do, and the part they share: a clone appears whole or not at all."""

import errno
import os
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from nacre.core.errors import Conflict, Failed, NotFound
from nacre.engines.storage.flush import flush

_STILL_WRITING_S = 5.0
_SETTLES_WITHIN_S = 20.0
_SETTLED_AFTER_S = 1.0
UNFINISHED = ".unfinished-"
"""Directories whose name holds this word were never finished: `sweep` removes them."""


@dataclass(frozen=True)
class Cloned:
    """How a clone was made: `kind` is the driver's name, `bytes_copied` is 0 where blocks are shared."""

    kind: str
    copy_on_write: bool
    bytes_copied: int
    seconds: float


class Storage(ABC):
    """A way of cloning directories on one file system.

    `copy_on_write`: a clone shares its blocks with the source. `atomic`: a clone shows the source, even one that is
    being written to, as it was at a single instant.
    """

    name: ClassVar[str]
    copy_on_write: ClassVar[bool]
    atomic: ClassVar[bool]

    def create(self, path: Path, *, mode: int = 0o700) -> None:
        """Make an empty directory which can be the source of a clone. Raises Conflict if `path` exists."""
        if path.exists():
            raise Conflict("directory-exists", f"{path} exists already.")
        self._make_root(path)
        path.chmod(mode)

    def clone(self, source: Path, target: Path, *, leave_empty: Collection[str] = ()) -> Cloned:
        """Clone directory `source` to `target` (same file system, must not exist), owners and modes included.

        `leave_empty` names directories relative to `source` of which only the directory itself is wanted. Unless
        the driver is atomic, files which vanish meanwhile are left out. Nothing is promised to be on disk after a
        power cut until `flush`. Raises NotFound, Conflict, NoSpace or Failed, leaving no `target`.
        """
        if not source.is_dir():
            raise NotFound("directory-not-found", f"There is no directory {source} to clone.")
        if target.exists():
            raise Conflict("directory-exists", f"{target} exists already.")
        started = time.monotonic()
        unfinished = target.with_name(f"{target.name}{UNFINISHED}{secrets.token_hex(4)}")
        try:
            copied = self._clone(source, unfinished, frozenset(leave_empty))
            unfinished.rename(target)
        except BaseException:
            self.remove(unfinished)
            raise
        return Cloned(self.name, self.copy_on_write, copied, time.monotonic() - started)

    @abstractmethod
    def remove(self, path: Path) -> None:
        """Remove a directory with everything in it; does nothing if it is gone already."""

    @abstractmethod
    def probe(self, directory: Path) -> bool:
        """Try the real thing inside `directory` and say whether it worked; leaves nothing behind."""

    @abstractmethod
    def _make_root(self, path: Path) -> None: ...

    @abstractmethod
    def _clone(self, source: Path, target: Path, leave_empty: frozenset[str]) -> int: ...

    def _commit(self, directory: Path) -> None:
        flush(directory)

    def free_bytes(self, directory: Path) -> int:
        """Bytes an ordinary user may still write on the file system of `directory`."""
        numbers = os.statvfs(directory)
        return numbers.f_bavail * numbers.f_frsize

    def settle(self, directory: Path, enough_bytes: int) -> None:
        """Wait until what was removed has given its space back, which the kernel may put off until it has a reason.

        Returns as soon as `enough_bytes` are free, and when there is no more to come.
        """
        began = grew = time.monotonic()
        free = self.free_bytes(directory)
        while free < enough_bytes and (now := time.monotonic()) - grew < _SETTLED_AFTER_S:
            if now - began > _SETTLES_WITHIN_S:
                return
            self._commit(directory)
            time.sleep(_SETTLED_AFTER_S / 10)
            if (more := self.free_bytes(directory)) > free:
                free, grew = more, time.monotonic()

    def sweep(self, directory: Path) -> list[Path]:
        """Remove what interrupted clones left in `directory`; returns what was removed."""
        leftovers = [path for path in directory.iterdir() if UNFINISHED in path.name]
        for path in leftovers:
            self.remove(path)
        return leftovers


def remove_tree(path: Path) -> None:
    """Remove a plain directory tree, or nothing if it is gone. Raises Failed naming what would not go.

    A program that a dead daemon left behind may still write there for an instant: then it is tried again for a while.
    """
    patient_until = time.monotonic() + _STILL_WRITING_S
    while True:
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            if path.exists():
                continue
        except OSError as error:
            if error.errno == errno.ENOTEMPTY and time.monotonic() < patient_until:
                continue
            raise Failed("not-removed", f"{error.filename or path} could not be removed: {error.strerror}.") from error
        return
