"""The shelf of one source as its one writer has it: lines are added, sealed into blocks, and the oldest let go.

What is added is one record of the tail, with the source's place, in one write: after a kill it is there or it is not.
A full tail becomes blocks before the next tail is made, and only then is the old one removed; whoever finds blocks that
are in the tail as well goes by the tail. So readers see each line once at any moment, and a writer that died goes on.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nacre.core.whole import write_at
from nacre.engines.logs import names
from nacre.engines.logs.block import Block, sealed
from nacre.engines.logs.columns import Columns, of_entries
from nacre.engines.logs.line import Entry, Place
from nacre.engines.logs.names import Name
from nacre.engines.logs.segment import blocks
from nacre.engines.logs.tail import Tail, kept_from, read_tail, record

BLOCK_BYTES = 1 << 20
SEGMENT_BYTES = 4 << 20
_MOST_RECORDS = 4096
"""Of one tail: more of them take longer to read than they are worth."""


class ShelfInUse(Exception):
    """Another process (or another Shelf of this one) writes to it."""


class Shelf:
    """For one thread. Raises ShelfInUse; its methods raise OSError (a full disk, a folder that was removed), after
    which nothing of what was to be added is there, and it may be tried again."""

    def __init__(self, folder: Path, block_bytes: int = BLOCK_BYTES, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder, self._block_bytes, self._segment_bytes = folder, block_bytes, segment_bytes
        self._end = self._sealed_end = 1
        self._place: Place | None = None
        self._tail = names.new(1, "tail")
        self._size = self._records = 0
        self._newest_ms: int | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._resume()
        except BaseException as error:
            self.close()
            if isinstance(error, BlockingIOError):
                raise ShelfInUse(f"something else writes to {folder}") from error
            raise

    @property
    def end(self) -> int:
        """The number that the next line will have."""
        return self._end

    def place(self) -> Place | None:
        """Where reading the source goes on; None where nothing was read yet, or it is not known any more."""
        return self._place

    def add(self, entries: Sequence[Entry], place: Place | None = None) -> int:
        """Keep lines, and how far the source has been read with them (as before where None); the first one's number.

        No lines and a place: what lies between was left out.
        """
        if self._size >= self._block_bytes or self._records >= _MOST_RECORDS:
            self._seal()
        first, place = self._end, place or self._place
        data = record(self._tail.marker, of_entries(first, entries), place)
        self._append(self._tail, data, self._size)
        self._size += len(data)
        self._records += 1
        self._end += len(entries)
        self._place = place
        self._newest_ms = _newest(self._newest_ms, (entry.time_ms for entry in entries))
        return first

    def trim(self, most_bytes: int, before_ms: int) -> None:
        """Let go of the oldest lines: as many as it takes to fit, and files of which every line is older."""
        if self._newest_ms is not None and self._newest_ms < before_ms:
            self._seal()
        held = {name: self._path(name).stat().st_size for name in names.listed(self.folder)[0]}
        size = sum(held.values()) + self._size
        for name, bytes_ in held.items():
            if size <= most_bytes and not self._older(name, before_ms):
                break
            self._path(name).unlink()
            size -= bytes_

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _resume(self) -> None:
        """Go on where the last writer stopped, at whatever moment that was."""
        segments, tails = names.listed(self.folder)
        self._sealed_end, self._place = self._end_of(segments)
        self._end, self._newest_ms = self._sealed_end, None
        if not tails:
            self._begin_tail()
            return
        read = [read_tail(name.marker, self._path(name).read_bytes()) for name in tails]
        # A tail without a record was just being made: the one before it still knows the place.
        self._place = next((tail.place for tail in reversed(read) if tail.place), self._place)
        self._tail, tail = tails[-1], read[-1]
        self._end = max([self._end, self._tail.first, *(run.end for run in tail.runs)])
        self._size, self._records = tail.sound_end, len(tail.records)
        self._newest_ms = _newest(None, (time for run in tail.runs for time in run.times))
        if tail.damaged or not tail.records or self._sealed_end > self._tail.first:
            self._seal_runs(tail.runs)
        for name in tails[:-1]:
            self._path(name).unlink()

    def _end_of(self, segments: Sequence[Name]) -> tuple[int, Place | None]:
        """The number after the last sealed line, and the source's place then. What the newest ends in is cut off."""
        end, place = 1, None
        for name in reversed(segments):
            found = list(self._blocks(name))
            if name == segments[-1]:
                os.truncate(self._path(name), found[-1].end_offset if found else 0)
            end = max([end, *(block.end for block in found)])
            place = next((block.place for block in reversed(found) if block.place), None)
            if place:
                break
        return end, place

    def _seal(self) -> None:
        self._seal_runs(self._read_tail().runs)

    def _seal_runs(self, runs: Sequence[Columns]) -> None:
        """What was sealed already, before something failed, is not sealed again."""
        parts = [part for run in kept_from(runs, self._sealed_end) for part in self._parts(run)]
        for part in parts:
            name, size = self._segment(part.first)
            self._append(name, sealed(name.marker, part, self._place if part is parts[-1] else None), size)
            self._sealed_end = part.end
        if parts:
            _sync(self._path(name))
        old = self._tail
        self._begin_tail()
        self._path(old).unlink(missing_ok=True)

    def _parts(self, run: Columns) -> Iterator[Columns]:
        """Of about the size of a block each, and all alike: none is a small rest."""
        each = len(run.texts) / max(round(len(run.texts) / self._block_bytes), 1)
        start = number = 0
        for at in range(1, len(run) + 1):
            if at == len(run) or run.starts[at] >= each * (number + 1):
                yield run.part(start, at)
                start, number = at, int(run.starts[at] // each)

    def _segment(self, first: int) -> tuple[Name, int]:
        """The file that the next block goes to, and where it ends."""
        segments, _ = names.listed(self.folder)
        if segments and (size := self._path(segments[-1]).stat().st_size) < self._segment_bytes:
            return segments[-1], size
        name = names.new(first, "blocks")
        self._path(name).touch(mode=0o600, exist_ok=False)
        return name, 0

    def _begin_tail(self) -> None:
        name = names.new(self._end, "tail")
        path = self._path(name)
        path.touch(mode=0o600, exist_ok=False)
        data = record(name.marker, of_entries(self._end, ()), self._place)
        try:
            self._append(name, data, 0)
        except OSError:
            path.unlink()
            raise
        self._tail, self._size, self._records, self._newest_ms = name, len(data), 1, None

    def _append(self, name: Name, data: bytes, size: int) -> None:
        """Write at the end, which is at `size`: what lies behind it is the rest of a write that failed."""
        fd = os.open(self._path(name), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, size)
            write_at(fd, data, size)
        except OSError:
            os.ftruncate(fd, size)
            raise
        finally:
            os.close(fd)

    def _read_tail(self) -> Tail:
        return read_tail(self._tail.marker, self._path(self._tail).read_bytes())

    def _older(self, name: Name, before_ms: int) -> bool:
        return all(block.greatest_ms < before_ms for block in self._blocks(name))

    def _blocks(self, name: Name) -> Iterator[Block]:
        fd = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield from blocks(fd, name.marker)
        finally:
            os.close(fd)

    def _path(self, name: Name) -> Path:
        return self.folder / str(name)


def _newest(known_ms: int | None, times: Iterable[int]) -> int | None:
    return max(times, default=known_ms) if known_ms is None else max(known_ms, max(times, default=known_ms))


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(fd)
    finally:
        os.close(fd)
