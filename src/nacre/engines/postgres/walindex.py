"""What each archived WAL segment holds, noted once beside the archive: times, counts and a digest.

With it, "which position was it at 10:42:07?" reads one small file and one or two segments, however long the past is.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import blake3

from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.timeline import Stretch
from nacre.engines.postgres.transactions import End, TransactionEnd
from nacre.engines.postgres.wal import DamagedSegment, Segment, crossing_end, read_first_page, segment_at, segments_in

SEGMENTS_PER_SCAN = 32
TALLY_US = 10_000_000
_PRUNED = b'{"pruned_before":'


@dataclass(frozen=True)
class Summary:
    """A piece of WAL: `ends` counts the transaction ends that start in it, `commits` those that commit.

    `latest_us` is the greatest of their times (times are not quite in order), `last` the last of them.
    """

    ends: int
    commits: int
    latest_us: int | None
    last: TransactionEnd | None


@dataclass(frozen=True)
class SegmentEntry(Summary):
    """One archived segment."""

    number: int
    size_bytes: int
    digest: str
    tally: list[list[int]] = field(default_factory=list, hash=False)
    """How many transactions committed when: [ten seconds since 1970, commits]. Empty in what older Nacres noted."""


class WalIndex:
    """The index of one timeline's archive; safe to share between threads, so keep one per archive."""

    def __init__(self, reader: WalReader, stretch: Stretch, path: Path | None = None) -> None:
        """`stretch` is the whole timeline (`end` None while it is written); `path` defaults to beside its archive."""
        self.stretch = stretch
        self._reader = reader
        self._path = path or stretch.archive.with_name(stretch.archive.name + "-index.jsonl")
        self._entries: dict[int, SegmentEntry] = {}
        self._pruned = Lsn(0)
        self._proven: dict[int, int] = {}
        self._remainders: dict[tuple[Lsn, Lsn], Summary] = {}
        self._read_bytes = 0
        self._lock = threading.Lock()

    def kept_from(self) -> Lsn:
        """Where the WAL begins that was not let go of by `prune`; what is missing after it is damage."""
        with self._lock:
            self._load()
            return max(self.stretch.start, self._pruned)

    def entries(self) -> list[SegmentEntry]:
        """Entries of all segments noted so far, without a gap, from the timeline's first segment on."""
        with self._lock:
            self._load()
            return self._contiguous()

    def remainder(self, start: Lsn, end: Lsn) -> Summary:
        """The WAL between the last whole segment and `end`, where the timeline was left: read once, it stays as it is.

        Raises Damaged.
        """
        with self._lock:
            if (start, end) not in self._remainders:
                self._remainders[start, end] = _sum_up(self._reader.scan(self.stretch, start, end))
            return self._remainders[start, end]

    def extend(self) -> int:
        """Note segments archived since the last call; returns how many. Raises Damaged for unreadable ones.

        The newest archived segment may have to wait until the next one begins, because its last record runs over.
        """
        with self._lock:
            self._load()
            pending = self._pending()
            for at in range(0, len(pending), SEGMENTS_PER_SCAN):
                self._note(pending[at : at + SEGMENTS_PER_SCAN])
            return len(pending)

    def faults(self) -> list[DamagedSegment]:
        """Noted segments that are missing from the archive or differ from what was noted, one error each."""
        return [fault for _, fault in self.check() if fault is not None]

    def check(self) -> Iterator[tuple[int, DamagedSegment | None]]:
        """Read every noted segment: its number, and what is wrong with it."""
        for entry in self.entries():
            yield entry.number, self._fault(entry)

    def prove(self, start: Lsn, end: Lsn) -> None:
        """Read the noted segments that hold [start, end), but none twice that nobody has touched since.

        Raises Damaged, naming the first that is missing or differs from what was noted.
        """
        for entry in self.entries():
            if (entry.number + 1) * self._size <= start or entry.number * self._size >= end:
                continue
            path = self._archived(entry.number)
            touched_ns = path.stat().st_mtime_ns if path.exists() else -1
            if self._proven.get(entry.number) == touched_ns:
                continue
            fault = self._fault(entry)
            if fault is not None:
                raise fault
            self._proven[entry.number] = touched_ns

    def _fault(self, entry: SegmentEntry) -> DamagedSegment | None:
        path, segment = self._archived(entry.number), Segment(self.stretch.timeline, entry.number, self._size)
        if not path.exists():
            return DamagedSegment("wal-missing", segment, "is missing from the archive")
        if path.stat().st_size != entry.size_bytes:
            return DamagedSegment("wal-damaged", segment, "is truncated")
        if digest(path) != entry.digest:
            return DamagedSegment("wal-damaged", segment, "has been altered")
        return None

    def prune(self, before: Lsn) -> int:
        """Forget and remove archived segments that end at or before `before`; returns the bytes freed.

        The index goes first, so that a crash in between leaves files nobody asks for, never an entry without a file.
        """
        with self._lock:
            self._load()
            kept = [entry for entry in self._contiguous() if (entry.number + 1) * self._size > before]
            unfinished = self._path.with_name(self._path.name + ".new")
            self._pruned = max(self._pruned, Lsn(before // self._size * self._size))
            unfinished.write_text(_pruned_line(self._pruned) + "".join(_line(entry) for entry in kept))
            unfinished.replace(self._path)
            self._entries, self._read_bytes = {}, 0
            freed = 0
            for segment in segments_in(self.stretch.archive, self.stretch.timeline, self._size):
                if segment.end <= before:
                    path = self.stretch.archive / segment.name
                    freed += path.stat().st_size
                    path.unlink()
            return freed

    @property
    def _size(self) -> int:
        return self._reader.segment_bytes

    def _archived(self, number: int) -> Path:
        return self.stretch.archive / Segment(self.stretch.timeline, number, self._size).name

    def _load(self) -> None:
        """Read what was appended since; a last line cut off by a crash is left for the next append to overwrite."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_bytes += len(line)
                if line.startswith(_PRUNED):
                    self._pruned = Lsn(json.loads(line)["pruned_before"])
                    continue
                entry = _entry(line)
                self._entries[entry.number] = entry

    def _contiguous(self) -> list[SegmentEntry]:
        kept: list[SegmentEntry] = []
        for number in sorted(self._entries):
            if kept and number != kept[-1].number + 1:
                break
            kept.append(self._entries[number])
        return kept

    def _pending(self) -> list[int]:
        """Archived segments after the last noted one whose last record is completely there too."""
        files = self._reader.files(self.stretch)
        noted = self._contiguous()
        number = noted[-1].number + 1 if noted else self._first(files)
        pending = []
        while number in files and self._archived(number).exists() and self._complete(number, files):
            pending.append(number)
            number += 1
        return pending

    def _first(self, files: dict[int, Path]) -> int:
        return min(files, default=segment_at(self.stretch.timeline, self.stretch.start, self._size).number)

    def _complete(self, number: int, files: dict[int, Path]) -> bool:
        following = Segment(self.stretch.timeline, number + 1, self._size)
        path = files.get(following.number)
        page = read_first_page(path) if path else None
        if page is None or page.address != following.start:
            return False
        return crossing_end(following, page) <= following.end

    def _note(self, numbers: list[int]) -> None:
        first = Lsn(numbers[0] * self._size)
        records = self._reader.scan(self.stretch, first, Lsn((numbers[-1] + 1) * self._size))
        by_number: dict[int, list[TransactionEnd]] = {number: [] for number in numbers}
        for record in records:
            by_number[record.start // self._size].append(record)
        entries = [self._summary(number, by_number[number]) for number in numbers]
        self._append(entries)

    def _summary(self, number: int, records: list[TransactionEnd]) -> SegmentEntry:
        path = self._archived(number)
        return SegmentEntry(
            number=number,
            size_bytes=path.stat().st_size,
            digest=digest(path),
            tally=tally(records),
            **vars(_sum_up(records)),
        )

    def _append(self, entries: Iterable[SegmentEntry]) -> None:
        with self._path.open("r+b" if self._path.exists() else "xb") as file:
            file.truncate(self._read_bytes)
            file.seek(self._read_bytes)
            for entry in entries:
                line = _line(entry).encode()
                file.write(line)
                self._read_bytes += len(line)
                self._entries[entry.number] = entry


def _sum_up(records: list[TransactionEnd]) -> Summary:
    return Summary(
        ends=len(records),
        commits=sum(record.kind.commits for record in records),
        latest_us=max((record.time_us for record in records), default=None),
        last=records[-1] if records else None,
    )


def tally(records: Iterable[TransactionEnd]) -> list[list[int]]:
    """How many of these committed in each ten seconds since 1970, in order."""
    counts = Counter(record.time_us // TALLY_US for record in records if record.kind.commits)
    return [[at, count] for at, count in sorted(counts.items())]


def digest(path: Path) -> str:
    """BLAKE3 of a file, in hex."""
    return blake3.blake3().update_mmap(path).hexdigest()


def _pruned_line(before: Lsn) -> str:
    return f"{_PRUNED.decode()}{before}}}\n"


def _line(entry: SegmentEntry) -> str:
    return json.dumps(asdict(entry), separators=(",", ":")) + "\n"


def _entry(line: bytes) -> SegmentEntry:
    fields = json.loads(line)
    if fields["last"] is not None:
        fields["last"] = TransactionEnd(**{**fields["last"], "kind": End(fields["last"]["kind"])})
    return SegmentEntry(**fields)
