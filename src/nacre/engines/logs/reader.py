"""A shelf as any process reads it, while its writer adds, seals and trims.

The tail is read first: what is in it counts, and of the blocks only those before it, which were all there before this
tail was. Files that went meanwhile were trimmed.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from zlib import crc32

from nacre.engines.logs import names
from nacre.engines.logs.block import Block, Tally, read_tally, unpacked_head, unpacked_texts
from nacre.engines.logs.bloom import may_have
from nacre.engines.logs.columns import Broken, Columns, joined, read_head
from nacre.engines.logs.line import LEVELS, Missing, Place
from nacre.engines.logs.names import Name
from nacre.engines.logs.segment import blocks
from nacre.engines.logs.tail import read_tail

_KEPT_BYTES = 16 << 20
"""Of tails, in memory, by all snapshots that are held at once."""


class Reader:
    """Remembers the headers of blocks, so keep it for searches to come; for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[Name, _Known] = {}
        self._seen: tuple[Name, int, int] | None = None

    def ends_still_at(self, number: int) -> bool:
        """Whether it ended there when it was last read, and nothing was added since: cheap, where reading is not."""
        if self._seen is None or self._seen[2] != number:
            return False
        name, size, _ = self._seen
        _, tails = names.listed(self.folder)
        try:
            return tails[-1:] == [name] and (self.folder / str(name)).stat().st_size == size
        except FileNotFoundError:
            return False

    def snapshot(self, of: int = 1) -> "Snapshot":
        """What there is now, as one `of` several that are held at once. To be closed."""
        tail = self._tail(_KEPT_BYTES // max(of, 1))
        segments, _ = names.listed(self.folder)
        self._known = {name: self._known.get(name) or _Known() for name in segments}
        chunks: list[Chunk] = []
        opened = _Open(self.folder)
        for name in segments:
            known = self._known[name]
            if not known.whole:
                self._read_on(name, known)
                known.whole = name != segments[-1]
            chunks += [
                Sealed(opened, name, *each) for each in known.blocks if tail is None or each[0].first < tail.first
            ]
        chunks += tail.chunks if tail else []
        tail_first = tail.first if tail else 1
        found = Snapshot(chunks, opened, segments[0].first if segments else tail_first, tail_first)
        self._seen = (tail.name, tail.size, found.end) if tail else None
        return found

    def _tail(self, keep_bytes: int) -> "_Tail | None":
        while True:
            _, tails = names.listed(self.folder)
            if not tails:
                return None
            try:
                return _Tail(self.folder, tails[-1], (self.folder / str(tails[-1])).read_bytes(), keep_bytes)
            except FileNotFoundError:
                continue  # it became a block just now, and there is another

    def _read_on(self, name: Name, known: "_Known") -> None:
        """Read the headers that came since, and see whether their filters are what was written."""
        try:
            fd = os.open(self.folder / str(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            for block in blocks(fd, name.marker, known.end):
                filter_and_tally = os.pread(fd, block.filter_bytes + block.tally_bytes, block.filter_at)
                known.blocks.append((block, crc32(filter_and_tally) == block.filter_sum))
                known.end = block.end_offset
        finally:
            os.close(fd)


@dataclass
class _Known:
    """Of one file: its blocks, each with whether its filter is sound."""

    blocks: list[tuple[Block, bool]] = field(default_factory=list)
    end: int = 0
    whole: bool = False


def place_of(folder: Path) -> Place | None:
    """How far the source of a shelf has been read; None where that is not known."""
    while True:
        _, tails = names.listed(folder)
        if not tails:
            return None
        with suppress(FileNotFoundError):  # else it became a block just now, and there is another
            return read_tail(tails[-1].marker, (folder / str(tails[-1])).read_bytes()).place


class Chunk(ABC):
    """Some lines that follow one another: a block, or those of the tail."""

    first: int
    end: int
    least_ms: int
    greatest_ms: int
    levels: Sequence[int]
    """How many lines there are of each level."""

    @abstractmethod
    def may_have(self, hashes: Sequence[int]) -> bool:
        """Whether all words of these checksums may be in it."""

    @abstractmethod
    def head(self) -> Columns:
        """Its lines without their texts. Raises Broken, and Trimmed."""

    @abstractmethod
    def columns(self) -> Columns:
        """Its lines. Raises Broken, and Trimmed."""

    @abstractmethod
    def tally(self) -> Tally | None:
        """Its lines counted, where they are."""


class Trimmed(Exception):
    """It was let go of meanwhile."""


class Sealed(Chunk):
    __slots__ = ("_block", "_name", "_open", "_sound", "end", "first", "greatest_ms", "least_ms", "levels")

    def __init__(self, opened: "_Open", name: Name, block: Block, sound: bool) -> None:
        self._open, self._name, self._block, self._sound = opened, name, block, sound
        self.first, self.end, self.levels = block.first, block.end, block.levels
        self.least_ms, self.greatest_ms = block.least_ms, block.greatest_ms

    def may_have(self, hashes: Sequence[int]) -> bool:
        if not self._sound:
            return True
        try:
            fd, at = self._open.file(self._name), self._block.filter_at
            return may_have(hashes, self._block.filter_bytes, lambda offset: os.pread(fd, 8, at + offset))
        except (OSError, Trimmed, Broken):
            return True  # who reads it on will be told

    def head(self) -> Columns:
        block = self._block
        return read_head(self.first, unpacked_head(block, self._read(block.head_at, block.head_bytes)), None)

    def columns(self) -> Columns:
        block = self._block
        packed = self._read(block.head_at, block.head_bytes + block.texts_bytes)
        texts = unpacked_texts(block, packed[block.head_bytes :])
        return read_head(self.first, unpacked_head(block, packed[: block.head_bytes]), texts)

    def tally(self) -> Tally | None:
        if not self._sound:
            return None
        try:
            return read_tally(self._read(self._block.tally_at, self._block.tally_bytes))
        except (Broken, Trimmed):
            return None

    def _read(self, at: int, size: int) -> bytes:
        try:
            data = os.pread(self._open.file(self._name), size, at)
        except OSError as error:
            raise Broken(f"the disk cannot be read ({error.strerror})") from error
        if len(data) < size:
            raise Broken("it is cut off")
        return data


class Unsealed(Chunk):
    """Lines of a tail. More than `keep_bytes` are read again when they are wanted."""

    def __init__(self, tail: "_Tail", columns: Columns, keep_bytes: int) -> None:
        self._tail = tail
        self._columns = columns if len(columns.texts) <= keep_bytes else None
        self.first, self.end = columns.first, columns.end
        self.least_ms, self.greatest_ms = min(columns.times), max(columns.times)
        self.levels = [columns.levels.count(level) for level in range(LEVELS)]

    def may_have(self, hashes: Sequence[int]) -> bool:
        return True

    def head(self) -> Columns:
        return self.columns()

    def columns(self) -> Columns:
        return self._columns or self._tail.again(self.first, self.end)

    def tally(self) -> Tally | None:
        return None


class _Tail:
    """`size` is how much of it was read: what comes later is not in the snapshot."""

    def __init__(self, folder: Path, name: Name, data: bytes, keep_bytes: int) -> None:
        self._folder, self.name, self.size = folder, name, len(data)
        self.first = name.first
        self.chunks = [Unsealed(self, run, keep_bytes) for run in read_tail(name.marker, data).runs]

    def again(self, first: int, end: int) -> Columns:
        """Lines that were in it: it may have become blocks. Raises Broken, Trimmed."""
        try:
            with (self._folder / str(self.name)).open("rb") as file:
                runs = read_tail(self.name.marker, file.read(self.size)).runs
        except FileNotFoundError:
            with Reader(self._folder).snapshot() as now:
                runs = [chunk.columns() for chunk in now.chunks if chunk.first < end and chunk.end > first]
        found = [
            run.part(max(first - run.first, 0), min(end - run.first, len(run)))
            for run in runs
            if run.first < end and run.end > first
        ]
        if not found:
            raise Trimmed
        return joined(found)


class _Open:
    """The file that is being read, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name: Name | None = None
        self._fd = -1

    def file(self, name: Name) -> int:
        """Raises Trimmed, OSError."""
        if name != self._name:
            self.close()
            try:
                self._fd = os.open(self._folder / str(name), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise Trimmed from error
            self._name = name
        return self._fd

    def close(self) -> None:
        if self._name is not None:
            os.close(self._fd)
            self._name = None


class Snapshot:
    """The chunks of a shelf at one moment, the oldest first. No line is in two of them."""

    def __init__(self, chunks: Sequence[Chunk], opened: _Open, first: int, tail_first: int) -> None:
        self.chunks = chunks
        self._open = opened
        self.first = first
        self.end = max(first, tail_first, chunks[-1].end if chunks else 1)

    def missing(self) -> Iterator[Missing]:
        """The lines between them that are gone: their blocks, or their part of the tail, are damaged."""
        end = self.first
        for chunk in self.chunks:
            if chunk.first > end:
                yield Missing(end, chunk.first, "what they lay in is damaged")
            end = chunk.end
        if end < self.end:
            yield Missing(end, self.end, "what they lay in is damaged")

    def __enter__(self) -> "Snapshot":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
