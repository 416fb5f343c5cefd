"""The WAL of generations as the Postgres engine reads it: chains of timelines, and indexes shared by all readers."""

import threading
from datetime import datetime

from nacre.branches.catalog import Catalog, Generation
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.engines.postgres.commits import Commits
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.timeline import Chain, Stretch
from nacre.engines.postgres.walindex import WalIndex
from nacre.history.lineage import Leg, Lineage


class Wal:
    def __init__(self, catalog: Catalog, places: Places, clusters: Clusters, lineage: Lineage) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._lineage = lineage
        self._indexes: dict[tuple[int, datetime], WalIndex] = {}
        self._lock = threading.Lock()

    def commits(self, generation_id: int) -> Commits:
        """The transactions of a generation and of everything it descends from."""
        legs = self._lineage.chain(generation_id)
        by_timeline = {leg.generation.timeline: leg.generation for leg in legs}
        return Commits(
            self.reader(legs[-1].generation),
            self.chain(legs),
            lambda stretch: self.index(by_timeline[stretch.timeline]),
        )

    def unbroken(self, legs: list[Leg]) -> list[Leg]:
        """The legs from the last one on whose beginning was let go of: what lies before it leads nowhere."""
        for at in range(len(legs) - 1, 0, -1):
            if self.index(legs[at].generation).kept_from() > (legs[at].generation.start_lsn or 0):
                return legs[at:]
        return legs

    def prove(self, legs: list[Leg], begin: int, end: int) -> None:
        """Compare the archived WAL of `legs` in [begin, end) with what was noted. Raises Damaged, naming a segment."""
        for leg in legs:
            until = end if leg.until_lsn is None else min(end, leg.until_lsn)
            self.index(leg.generation).prove(Lsn(begin), Lsn(until))

    def chain(self, legs: list[Leg]) -> Chain:
        return tuple(self._stretch(leg.generation, leg.until_lsn) for leg in legs)

    def reader(self, generation: Generation) -> WalReader:
        return WalReader(self._clusters.installation, self._clusters.owner, generation.segment_bytes)

    def index(self, generation: Generation) -> WalIndex:
        """The one index of a generation's archive in this process."""
        key = generation.id, generation.created_at  # the number of one that is gone may be given to another
        with self._lock:
            if key not in self._indexes:
                stretch = self._stretch(generation, None)
                self._indexes[key] = WalIndex(self.reader(generation), stretch)
            return self._indexes[key]

    def forget(self, generation_id: int) -> None:
        with self._lock:
            self._indexes = {key: index for key, index in self._indexes.items() if key[0] != generation_id}

    def _stretch(self, generation: Generation, until_lsn: int | None) -> Stretch:
        ref = self._catalog.branch_by_id(generation.branch_id).ref
        return Stretch(
            timeline=generation.timeline,
            start=Lsn(generation.start_lsn or 0),
            end=None if until_lsn is None else Lsn(until_lsn),
            archive=self._places.wal(ref, generation.number),
            live=self._places.data(ref, generation.number) / "pg_wal",
        )
