"""Reads what was added to a log that its writer rolls: renames it, and begins another of the old name."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 128 << 20
"""What is read at once, some half a million requests; what is more waits for the next time."""

_CHUNK = 1 << 20


@dataclass
class _Place:
    inode: int
    offset: int


class Following:
    """Begins at the end of what is there: what came before was counted by the daemon before, or by nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = _Place(0, 0)
        with ExitStack() as opened:
            for file in self._open(opened):
                self._place = _Place(_inode(file), os.fstat(file.fileno()).st_size)

    def added(self, most_bytes: int = MOST_BYTES) -> Iterator[bytes]:
        """Whole lines, some at a time, from where the last call ended, also those in files rolled since."""
        with ExitStack() as opened:
            for file in self._from_here(self._open(opened)):
                if _inode(file) != self._place.inode:
                    self._place = _Place(_inode(file), 0)
                while most_bytes > 0 and (lines := self._lines(file)):
                    most_bytes -= len(lines)
                    yield lines
                if most_bytes <= 0:  # the rest of it comes before the next
                    return

    def _lines(self, file: BinaryIO) -> bytes:
        """Without the last where it is not whole yet. One longer than all that is read at once is none of ours."""
        file.seek(self._place.offset)
        data = file.read(_CHUNK)
        end = data.rfind(b"\n") + 1 or (len(data) if len(data) == _CHUNK else 0)
        self._place.offset += end
        return data[:end]

    def _open(self, opened: ExitStack) -> list[BinaryIO]:
        """All there are, the oldest first. None is missed that is rolled while we look."""
        while True:
            before = self._rolled()
            files: list[BinaryIO] = [
                opened.enter_context(path.open("rb")) for path in (*before, self._path) if path.exists()
            ]
            if self._rolled() == before:
                return files

    def _rolled(self) -> list[Path]:
        """They are named by when they were rolled."""
        return sorted(self._path.parent.glob(f"{self._path.stem}-*{self._path.suffix}"))

    def _from_here(self, files: list[BinaryIO]) -> list[BinaryIO]:
        """All of them where nothing is left of what was read last: it came after."""
        here = [at for at, file in enumerate(files) if _inode(file) == self._place.inode]
        return files[here[0] :] if here else files


def _inode(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino
