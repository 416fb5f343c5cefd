"""What is kept of a branch's history: how far back it goes, and what that takes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.postgres.lsn import Lsn, format_lsn
from nacre.engines.storage.driver import Storage
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.lineage import Lineage
from nacre.history.positions import Positions
from nacre.history.room import disk_bytes
from nacre.history.wal import Wal


class LiveSpan(Answer):
    """`until` is None while it lasts."""

    since: datetime
    until: datetime | None


class KeptGeneration(Answer):
    """One data directory on one timeline; `live` tells when it was the branch's database."""

    number: int
    timeline: int
    state: str
    live: list[LiveSpan]


class KeptBase(Answer):
    """`bytes_copied` is 0 where blocks are shared. `sealed`: the digests of its files are noted.

    `damage` tells why a damaged one was set aside.
    """

    generation: int
    number: int
    taken_at: datetime
    method: str
    state: str
    size_bytes: int
    bytes_copied: int
    seconds: float
    sealed: bool
    damage: str | None


class KeptWal(Answer):
    """The archived WAL of the branch's generations; `from_lsn` and `to_lsn` are where that of the live one begins and
    has got to."""

    segments: int
    size_bytes: int
    from_lsn: str
    to_lsn: str


class KeptFiles(Answer):
    """The file history of the project, which its branches share. `raw_bytes`: before compression, each content once."""

    oldest: datetime
    entries: int
    raw_bytes: int
    packed_bytes: int


class HistoryShown(Answer):
    """Every moment from `oldest` to `newest` can be reached, database and files together.

    `disk_bytes` is what the database, its kept generations, bases and WAL, and the project's file history take;
    blocks that copies share are counted once, what they came to differ by since is not. `trouble` says why keeping
    history fails at present.
    """

    ref: Ref
    oldest: datetime
    newest: datetime
    storage: str
    copy_on_write: bool
    disk_bytes: int
    trouble: str | None
    generations: list[KeptGeneration]
    bases: list[KeptBase]
    wal: KeptWal
    files: KeptFiles


class Overview:
    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        trees: Trees,
        storage: Storage,
        lineage: Lineage,
        basebook: Basebook,
        positions: Positions,
        wal: Wal,
        trouble: Callable[[], Mapping[str, str]],
        clock: Clock,
    ) -> None:
        """`trouble` says, by branch, what the keeping of history could not do."""
        self._catalog = catalog
        self._places = places
        self._trees = trees
        self._storage = storage
        self._lineage = lineage
        self._basebook = basebook
        self._positions = positions
        self._wal = wal
        self._trouble = trouble
        self._clock = clock

    def show(self, ref: Ref) -> HistoryShown:
        branch = self._catalog.running(ref)
        generations = self._catalog.generations_of(branch.id)
        files = self._files(branch)
        wal = self._kept_wal(branch, generations)
        bases = [self._base(generation, row) for generation in generations for row in self._kept(generation)]
        copied = sum(base.bytes_copied for base in bases)
        return HistoryShown(
            ref=ref,
            oldest=max(self._positions.window_start(branch), files.oldest),
            newest=self._clock(),
            storage=self._storage.name,
            copy_on_write=self._storage.copy_on_write,
            disk_bytes=self._data_bytes(branch, generations) + copied + wal.size_bytes + files.packed_bytes,
            trouble=self._trouble().get(str(ref)),
            generations=self._generations(branch, generations),
            bases=bases,
            wal=wal,
            files=files,
        )

    def _generations(self, branch: Branch, generations: list[Generation]) -> list[KeptGeneration]:
        live = self._lineage.activations(branch.id)
        spans: dict[int, list[LiveSpan]] = {generation.id: [] for generation in generations}
        for one, following in zip(live, [*live[1:], None], strict=True):
            until = following.since if following else None
            spans.setdefault(one.generation_id, []).append(LiveSpan(since=one.since, until=until))
        return [
            KeptGeneration(
                number=generation.number,
                timeline=generation.timeline,
                state="live" if generation.id == branch.generation_id else generation.state,
                live=spans[generation.id],
            )
            for generation in generations
        ]

    def _kept(self, generation: Generation) -> list[BaseRow]:
        return [row for row in self._basebook.all(generation.id) if row.state in ("ready", "damaged")]

    def _base(self, generation: Generation, row: BaseRow) -> KeptBase:
        return KeptBase(
            generation=generation.number,
            number=row.number,
            taken_at=row.taken_at,
            method=row.detail["method"],
            state=row.state,
            size_bytes=row.detail["size_bytes"],
            bytes_copied=row.bytes_copied,
            seconds=row.seconds,
            sealed=row.detail["sealed"],
            damage=row.detail.get("damage"),
        )

    def _kept_wal(self, branch: Branch, generations: list[Generation]) -> KeptWal:
        sizes = [
            path.stat().st_size
            for generation in generations
            for path in _files_in(self._places.wal(branch.ref, generation.number))
        ]
        live = next(generation for generation in generations if generation.id == branch.generation_id)
        latest = self._wal.commits(live.id).latest()
        begin = self._wal.index(live).kept_from()
        return KeptWal(
            segments=len(sizes),
            size_bytes=sum(sizes),
            from_lsn=format_lsn(begin),
            to_lsn=format_lsn(Lsn(max(begin, latest.end if latest else 0))),
        )

    def _files(self, branch: Branch) -> KeptFiles:
        usage = self._trees.history(branch.ref.project).usage()
        return KeptFiles(
            oldest=from_ns(self._trees.tree(branch).window()),
            entries=usage.entries,
            raw_bytes=usage.raw_bytes,
            packed_bytes=usage.pack_bytes + usage.index_bytes,
        )

    def _data_bytes(self, branch: Branch, generations: list[Generation]) -> int:
        """Of data directories that share blocks, the live one stands for all."""
        counted = [one for one in generations if one.id == branch.generation_id or not self._storage.copy_on_write]
        return sum(disk_bytes(self._places.data(branch.ref, one.number)) for one in counted)


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
