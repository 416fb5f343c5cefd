"""Log files that children write themselves, so that they outlive the daemon; kept from growing without end."""

import fcntl
import glob
import os
import shutil
from pathlib import Path

_STAT_BLOCK = 512


def open_log(path: Path, *, keep: int = 5) -> int:
    """Open `path` for a child to append to, the earlier log set aside first as `path`.1; a descriptor to close."""
    if path.exists() and path.stat().st_size > 0:
        _shift(path, keep)
        path.rename(_older(path, 1))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def held_bytes(status: os.stat_result) -> int:
    """What a log has on the disk: what a reader has given back of it (holes) takes nothing."""
    return min(status.st_size, status.st_blocks * _STAT_BLOCK)


def rotate(path: Path, *, max_bytes: int = 16 << 20, keep: int = 5) -> bool:
    """Set the log aside as `path`.1 if it takes more than `max_bytes`, while its child goes on writing; whether it did.

    What a reader has given back of it (holes) takes nothing. The child keeps its descriptor, so the text is copied,
    each byte to the place that it had, and the file cut to nothing (O_APPEND goes on at the start); what is written
    between the last read and the cut, some microseconds, is lost. Not now where a reader is just hiding what it read
    (monitoring/logs/reading.py): the copy would have it.
    """
    try:
        if held_bytes(path.stat()) <= max_bytes:
            return False
    except FileNotFoundError:
        return False
    with path.open("r+b") as log:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fresh = _fresh(path)
        try:
            with fresh.open("wb") as copy:
                os.fchmod(copy.fileno(), 0o600)
                begins = os.lseek(log.fileno(), 0, os.SEEK_DATA)
                copy.seek(begins)
                log.seek(begins)
                shutil.copyfileobj(log, copy, 1 << 20)
        except OSError:  # no room for it: what is kept stays
            fresh.unlink(missing_ok=True)
            raise
        _shift(path, keep)
        fresh.rename(_older(path, 1))
        log.truncate(0)
    return True


def last_lines(path: Path, count: int = 20) -> list[str]:
    """The end of a log, for an error message; empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - (64 << 10)))
            return log.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


def remove(path: Path) -> None:
    """The log and all that was set aside of it: whoever writes to this path next is another, and not told it."""
    for each in (path, _fresh(path), *path.parent.glob(f"{glob.escape(path.name)}.[0-9]*")):
        each.unlink(missing_ok=True)


def _fresh(path: Path) -> Path:
    """A copy that is being made."""
    return path.with_name(f"{path.name}.new")


def _shift(path: Path, keep: int) -> None:
    """Make room for a new `path`.1; the oldest of `keep` falls off."""
    for number in range(keep - 1, 0, -1):
        if _older(path, number).exists():
            _older(path, number).replace(_older(path, number + 1))


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
