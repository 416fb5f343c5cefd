"""Where lines of an instance on another machine lie until they are on their shelf: a file that the follower reads.

Each line has its place with it, so what was brought and how far that is are one append. A kill in the middle of it
leaves lines and the beginning of one, which is cut off: it is brought again.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from nacre.core.whole import write_at
from nacre.engines.processes.logs import held_bytes
from nacre.monitoring.afar.carried import LONGEST_TEXT, Carried, carried

_END_BYTES = 1 << 20


class Spool:
    """For one thread, of one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: Carried | None = None
        """The line that was brought last, or what was said last in its place."""
        self._size = 0
        self._resume()

    @property
    def taken_bytes(self) -> int:
        """Of the disk: what was read by the follower is given back."""
        return held_bytes(self.path.stat())

    def add(self, lines: Sequence[Carried]) -> None:
        """Raises OSError, after which nothing of it is there."""
        if not lines:
            return
        fd = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            end = write_at(fd, b"".join(line.written() for line in lines), self._size)
        except OSError:
            os.ftruncate(fd, self._size)
            raise
        finally:
            os.close(fd)
        self._size, self.last = end, lines[-1]

    def _resume(self) -> None:
        """Go on after the last line that is whole."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            begin = max(size - max(_END_BYTES, 2 * LONGEST_TEXT), 0)
            end = os.pread(fd, size - begin, begin)
            while end and self.last is None:
                end = end[: end.rfind(b"\n") + 1]
                self.last = carried(end[:-1].rpartition(b"\n")[2])
                if self.last is None:
                    end = end[: end.rfind(b"\n", 0, -1) + 1]
            self._size = begin + len(end) if self.last is not None else 0
            os.ftruncate(fd, self._size)
        finally:
            os.close(fd)
