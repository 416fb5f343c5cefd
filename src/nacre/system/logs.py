"""The logs of Nacre itself: which there are, their ends, and what is added to them."""

import os
import time
from pathlib import Path
from typing import IO

from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.core.progress import say, unheard
from nacre.engines.processes.logs import last_lines

_POLL_S = 0.25
_CHUNK_BYTES = 1 << 16


class LogFile(Answer):
    name: str
    size_bytes: int


class LogEnd(Answer):
    """The last `lines` of one log; `others` are the names of all that there are."""

    name: str
    lines: list[str]
    others: list[LogFile]


class Logs:
    """Those in the home's log folder, each by its file's name without “.log”."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[LogFile]:
        files = sorted(path for path in self._folder.glob("*.log") if path.is_file())
        return [LogFile(name=path.stem, size_bytes=path.stat().st_size) for path in files]

    def end_of(self, name: str, count: int) -> LogEnd:
        """Raises NotFound "log-not-found"."""
        path = self._path(name)
        return LogEnd(name=name, lines=last_lines(path, count), others=self.all())

    def follow(self, name: str) -> None:
        """Say what is added to the log for as long as somebody hears it; a log that is cut is read from its start."""
        path = self._path(name)
        log: IO[bytes] = path.open("rb")
        log.seek(0, os.SEEK_END)
        try:
            while not unheard():
                added = log.read(_CHUNK_BYTES)
                if added:
                    say(added)
                    continue
                time.sleep(_POLL_S)
                log = _reopened(log, path)
        finally:
            log.close()

    def _path(self, name: str) -> Path:
        if name not in (file.name for file in self.all()):
            known = ", ".join(file.name for file in self.all()) or "none yet"
            raise NotFound("log-not-found", f"There is no log “{name}”.", hint=f"There are: {known}.")
        return self._folder / f"{name}.log"


def _reopened(log: IO[bytes], path: Path) -> IO[bytes]:
    """The same file, from its start if it was cut; another one if it was put in its place."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return log
    if there.st_ino != os.fstat(log.fileno()).st_ino:
        log.close()
        return path.open("rb")
    if there.st_size < log.tell():
        log.seek(0)
    return log
