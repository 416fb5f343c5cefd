"""Reads what was added to one log, across files that are set aside, cut or put in its place; never twice, never half.

The file is held open, so that one that is set aside or removed is read to its end before the next one is begun. After
a restart it is found again by its inode, also under the name that it was set aside by.
"""

import fcntl
import os
import stat
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from nacre.engines.processes.giving_back import give_back
from nacre.monitoring.afar.carried import LONGEST_CARRIED
from nacre.monitoring.logs.lines import LONGEST, kept, split
from nacre.monitoring.logs.listing import SETTLED_NS

_MARK_BYTES = 64
_CHUNK_BYTES = 1 << 20
_LONGEST_PASSED = 64 << 20
_PATIENCE_S = 2.0
_Look = tuple[int, int, int]
"""A file's number, its size, and when it was changed in any way."""


class Place(NamedTuple):
    """How far a log was read: the file's number on its disk, the byte in it, and 15 bits of a sum of those before."""

    inode: int
    offset: int
    mark: int = 0


@dataclass(frozen=True)
class Taken:
    """`lines` were added from the byte `begin` up to `place`; `left_out_bytes` before them were passed over."""

    lines: list[bytes]
    begin: int
    place: Place
    left_out_bytes: int = 0


class Tail:
    """`most_behind_bytes`: what is further behind than that is passed over, and a line says so. With
    `carried` its lines come from a node (afar/spool.py), whole and longer by what stands before them; none is passed
    over."""

    def __init__(self, path: Path, place: Place | None, most_behind_bytes: int, *, carried: bool = False) -> None:
        self._path = path
        self._most_behind_bytes = most_behind_bytes
        self._carried = carried
        self._longest = LONGEST_CARRIED if carried else LONGEST
        self._file: int | None = None
        self._place = place or Place(0, 0)
        self._mark = b""  # the bytes before the place
        self._passed = 0  # how much of a long line without an end was looked through
        self._unfinished: tuple[int, float] | None = None  # the size at which it ended in half a line, and since when
        self._quiet: _Look | None = None  # how the file looked when all of it had been taken

    def take(self) -> Taken | None:
        """What was added, up to a megabyte of it; None when there is nothing whole."""
        look = _look(self._path)  # asked before it is read: what comes meanwhile is seen the next time
        if look is not None and look == self._quiet:
            return None
        taken = self._take()
        all_taken = taken is None and look is not None and look[:2] == (self._place.inode, self._place.offset)
        self._quiet = look if all_taken and look is not None and _is_settled(look) else None
        return taken

    def _take(self) -> Taken | None:
        if self._file is None and not self._open():
            return None
        while True:
            self._notice_cut()
            replaced = self._is_replaced()  # asked before it is read: what is written after that goes to the next file
            taken = self._added(replaced)
            if taken is not None or not replaced or not self._open_next():
                return taken

    def behind_bytes(self) -> int:
        """How much of the file that is being read was not taken yet."""
        return 0 if self._file is None else max(os.fstat(self._file).st_size - self._place.offset, 0)

    def forget(self, place: Place) -> None:
        """Give back the disk of what was read up to `place` and is kept elsewhere, all but the last megabyte."""
        if self._file is not None and place.inode == self._place.inode:
            give_back(self._file, place.offset - _CHUNK_BYTES)

    def overwrite(self, taken: Taken, shown: Sequence[bytes]) -> Place:
        """Write what is shown of these lines over those in the file that it differs from, so that it is nowhere else
        either; the place with the mark that it has then. Where the file may only be read, it stays as it is.

        Meanwhile the file may have been cut, and have others' lines there: then it is done in the copy, see
        engines/processes/logs.py, which cuts none that is locked.
        """
        assert self._file is not None
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._notice_cut()
            if self._place.offset == taken.place.offset:
                self._show(taken, shown)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return self._place

    def _show(self, taken: Taken, shown: Sequence[bytes]) -> None:
        assert self._file is not None
        at = taken.begin
        for before, after, length in zip(taken.lines, shown, _lengths(self._file, taken), strict=True):
            if before != after:
                with suppress(OSError):
                    _fill(self._file, at, after, length)
            at += length + 1
        self._reach(self._place)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> bool:
        """Where it was left, if that file is still there under any name; else at the beginning of the oldest."""
        files = _siblings(self._path)
        place = self._place
        for path, status in files:
            if status.st_ino == place.inode and self._hold(path, place.inode, place.offset):
                if self._place.mark != place.mark:  # it was cut meanwhile, or is another file of the same number
                    self._begin_again(place)
                return True
        return any(self._hold(path, status.st_ino, 0) for path, status in files)

    def _hold(self, path: Path, inode: int, offset: int) -> bool:
        file = _opened(path)
        if file is None:
            return False
        if os.fstat(file).st_ino != inode:  # replaced since it was listed
            os.close(file)
            return False
        self.close()
        self._file = file
        if offset == 0:
            with suppress(OSError):  # what was given back is not read again as zeros
                offset = os.lseek(file, 0, os.SEEK_DATA)
        self._reach(Place(inode, offset))
        return True

    def _open_next(self) -> bool:
        """The file that came after the one that was read to its end, if there is one."""
        files = _siblings(self._path)
        inodes = [status.st_ino for _, status in files]
        after = inodes.index(self._place.inode) + 1 if self._place.inode in inodes else max(len(files) - 1, 0)
        return any(self._hold(path, status.st_ino, 0) for path, status in files[after:])

    def _is_replaced(self) -> bool:
        try:
            return self._path.lstat().st_ino != self._place.inode
        except FileNotFoundError:
            return False

    def _notice_cut(self) -> None:
        """A file that is shorter than what was read of it, or has other bytes there, was cut and begins anew.

        What it was cut by may have copied it beside it first, at the same offsets (engines/processes/logs.py): then the
        copy has the rest.
        """
        assert self._file is not None
        if _before(self._file, self._place.offset) != self._mark:
            self._begin_again(self._place)

    def _begin_again(self, place: Place) -> None:
        """Go on in the copy that was made before the file was cut, if there is one that has what was read; else anew.

        It has all bytes at the same offsets, see engines/processes/logs.py.
        """
        assert self._file is not None
        own = os.fstat(self._file).st_ino
        for path, status in reversed(_siblings(self._path)):
            copy = _opened(path) if status.st_ino != own and place.offset <= status.st_size else None
            if copy is None:
                continue
            if _sum(_before(copy, place.offset)) == place.mark:
                os.close(self._file)
                self._file = copy
                self._reach(Place(os.fstat(copy).st_ino, place.offset))
                return
            os.close(copy)
        self._reach(Place(own, 0))

    def _added(self, last: bool) -> Taken | None:
        """`last`: nothing more comes to this file, so half a line at its end is one."""
        assert self._file is not None
        size, offset = os.fstat(self._file).st_size, self._place.offset
        if size - offset > self._most_behind_bytes and not self._carried:
            return self._pass_over(size)
        if size <= offset:
            return None
        if self._passed:
            return self._long_line(size, last)
        data = os.pread(self._file, _CHUNK_BYTES, offset)
        end = data.rfind(b"\n") + 1
        if end:
            return self._took(split(data[:end], self._longest), offset + end)
        if len(data) == _CHUNK_BYTES:
            return self._long_line(size, last)
        if not self._carried and (last or self._is_left(size)):
            return self._took(split(data), offset + len(data))
        return None

    def _long_line(self, size: int, last: bool) -> Taken | None:
        """Look on for the end of a line that is longer than is read at once; nothing is taken before it is found."""
        assert self._file is not None
        offset = self._place.offset
        while self._passed < min(size - offset, _LONGEST_PASSED):
            data = os.pread(self._file, _CHUNK_BYTES, offset + self._passed)
            end = data.find(b"\n")
            self._passed += len(data) if end < 0 else end
            if end >= 0:
                return self._took_long(self._passed, 1)
        if last or self._passed >= _LONGEST_PASSED or self._is_left(size):
            return self._took_long(self._passed, 0)
        return None

    def _took_long(self, length: int, end: int) -> Taken:
        assert self._file is not None
        head = os.pread(self._file, LONGEST, self._place.offset)
        return self._took([kept(head, length)], self._place.offset + length + end)

    def _pass_over(self, size: int) -> Taken:
        """What is so far behind would be dropped at once: begin again near the end, after the end of a line."""
        assert self._file is not None
        begin = size - self._most_behind_bytes // 2
        data = os.pread(self._file, _CHUNK_BYTES, begin)
        begin += data.find(b"\n") + 1
        left_out = begin - self._place.offset
        note = b"[%d bytes left out: more was written than is kept of one source]" % left_out
        return replace(self._took([note], begin), left_out_bytes=left_out)

    def _is_left(self, size: int) -> bool:
        """Whether half a line has stood at the end for a while."""
        now = time.monotonic()
        if self._unfinished is None or self._unfinished[0] != size:
            self._unfinished = size, now
        return now - self._unfinished[1] >= _PATIENCE_S

    def _took(self, lines: list[bytes], offset: int) -> Taken:
        self._passed, self._unfinished = 0, None
        begin = self._place.offset
        self._reach(Place(self._place.inode, offset))
        return Taken(lines, begin, self._place)

    def _reach(self, place: Place) -> None:
        assert self._file is not None
        self._mark = _before(self._file, place.offset)
        self._place = place._replace(mark=_sum(self._mark))


def _lengths(file: int, taken: Taken) -> list[int]:
    """Of the lines as they are in the file, without their ends."""
    size = taken.place.offset - taken.begin
    if len(taken.lines) > 1:
        return [len(line) for line in os.pread(file, size, taken.begin).removesuffix(b"\n").split(b"\n")]
    return [size - (os.pread(file, 1, taken.place.offset - 1) == b"\n")]


def _fill(file: int, at: int, text: bytes, length: int) -> None:
    """The text, and blanks up to that length."""
    for begin in range(0, length, _CHUNK_BYTES):
        end = min(begin + _CHUNK_BYTES, length)
        os.pwrite(file, text[begin:end].ljust(end - begin), at + begin)


def _look(path: Path) -> _Look | None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_ctime_ns


def _is_settled(look: _Look) -> bool:
    return abs(time.time_ns() - look[2]) > SETTLED_NS


def _before(file: int, offset: int) -> bytes:
    """The bytes before the place, by which it is seen that they are others."""
    length = min(_MARK_BYTES, offset)
    return os.pread(file, length, offset - length)


def _sum(mark: bytes) -> int:
    return zlib.crc32(mark) & 0x7FFF


def _siblings(path: Path) -> list[tuple[Path, os.stat_result]]:
    """The files of this log, the oldest first: those set aside, as PATH.2 or STEM-TIME.log, and the one written to."""
    numbered = sorted(path.parent.glob(f"{path.name}.[0-9]*"), key=_number, reverse=True)
    dated = sorted(path.parent.glob(f"{path.stem}-[0-9]*T*{path.suffix}"))
    found = []
    for each in (*numbered, *dated, path):
        with suppress(FileNotFoundError):
            status = each.lstat()
            if stat.S_ISREG(status.st_mode):
                found.append((each, status))
    return found


def _number(path: Path) -> int:
    last = path.name.rpartition(".")[2]
    return int(last) if last.isdigit() else 0


def _opened(path: Path) -> int | None:
    """A descriptor for reading, and to give back its disk where that may be; never of a link, never waiting."""
    for access in (os.O_RDWR, os.O_RDONLY):
        try:
            file = os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError:
            continue
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(file).st_mode):
            return file
        os.close(file)
        return None
    return None
