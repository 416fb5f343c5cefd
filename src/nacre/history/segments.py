"""Reads the whole WAL of a generation and names every segment that is missing or altered."""

import time
from dataclasses import dataclass
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.locks import Locks
from nacre.branches.places import Places
from nacre.core.errors import Damaged
from nacre.core.progress import report
from nacre.engines.postgres.lsn import SEGMENT_HEADER_BYTES, Lsn, parse_lsn
from nacre.engines.postgres.timeline import Stretch
from nacre.engines.postgres.wal import DamagedSegment, crossing_end, history_name, read_first_page, segment_at
from nacre.history.wal import Wal

_FLUSHED_WITHIN_S = 5.0


@dataclass(frozen=True)
class Read:
    """How many segments there should be, and what is wrong with some of them."""

    segments: int
    faults: list[DamagedSegment]


class Segments:
    def __init__(self, catalog: Catalog, places: Places, clusters: Clusters, locks: Locks, wal: Wal) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._locks = locks
        self._wal = wal

    def read(self, generation: Generation, until: int | None) -> Read:
        """Check the WAL from where it is kept up to `until` (None: all of it).

        Archived segments are compared with what was noted about them; what is not noted yet is read record by record.
        """
        index = self._wal.index(generation)
        try:
            index.extend()
        except Damaged:
            pass  # what it stumbled on is found, and named, below
        begin, faults = index.kept_from(), self._history_faults(index.stretch, generation)
        entries = index.entries()
        for done, (_, fault) in enumerate(index.check()):
            report("checking WAL", done=done, total=len(entries))
            if fault is not None:
                faults.append(fault)
        end = Lsn(until) if until is not None else self._end(generation)
        noted = Lsn((entries[-1].number + 1) * generation.segment_bytes) if entries else begin
        faults += self._unreadable(index.stretch, generation, max(begin, noted), end)
        last = max(noted, end or noted)
        count = -(-last // generation.segment_bytes) - begin // generation.segment_bytes
        return Read(max(count, len(entries)), faults)

    def _unreadable(
        self, stretch: Stretch, generation: Generation, position: Lsn, end: Lsn | None
    ) -> list[DamagedSegment]:
        faults: list[DamagedSegment] = []
        reader = self._wal.reader(generation)
        while end is None or _first_record(reader.files(stretch), generation, position) < end:
            try:
                reader.scan(stretch, position, end)
                break
            except DamagedSegment as fault:
                if fault.segment.end <= position:
                    raise
                faults.append(fault)
                position = fault.segment.end
        return faults

    def _end(self, generation: Generation) -> Lsn | None:
        """Up to where the generation's WAL must be there; None where nothing but the WAL itself tells."""
        ref = self._catalog.branch_by_id(generation.branch_id).ref
        with self._locks.hold(ref):  # a rewind under way stops one database before it starts the other
            branch = self._catalog.branch_by_id(generation.branch_id)
            if branch.generation_id == generation.id:
                return self._flushed(branch)
            if (self._places.data(ref, generation.number) / "global" / "pg_control").exists():
                return self._clusters.stopped_at(branch, generation)
            return None

    def _flushed(self, branch: Branch) -> Lsn:
        """A position up to which all WAL of a running cluster is in its files. Its own writer gets there by itself."""
        deadline = time.monotonic() + _FLUSHED_WITHIN_S
        with self._clusters.admin(branch) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            while True:
                flushed = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
                assert row is not None
                assert flushed is not None
                if parse_lsn(flushed[0]) >= parse_lsn(row[0]):
                    return parse_lsn(row[0])
                if time.monotonic() > deadline:
                    return parse_lsn(flushed[0])
                time.sleep(0.02)

    def _history_faults(self, stretch: Stretch, generation: Generation) -> list[DamagedSegment]:
        """A timeline without the file that tells where it comes from cannot be recovered to. The first has none."""
        name = history_name(stretch.timeline)
        places = [folder for folder in (stretch.archive, stretch.live) if folder is not None]
        if stretch.timeline == 1 or any((folder / name).exists() for folder in places):
            return []
        first = segment_at(stretch.timeline, stretch.start, generation.segment_bytes)
        return [DamagedSegment("wal-missing", first, f"cannot be used: the timeline history {name} is missing")]


def _first_record(files: dict[int, Path], generation: Generation, position: Lsn) -> Lsn:
    """Where the first record at or after `position` starts; at a segment's start its header comes first, and what is
    left of a record from the segment before."""
    segment = segment_at(generation.timeline, position, generation.segment_bytes)
    path = files.get(segment.number)
    page = read_first_page(path) if path is not None and position == segment.start else None
    if page is None:
        return position
    return max(crossing_end(segment, page), Lsn(segment.start + SEGMENT_HEADER_BYTES))
