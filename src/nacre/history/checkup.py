"""Verifies kept history: every WAL segment, base and pack, and says which moments are lost where one is damaged."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.trees import Trees
from nacre.core.clock import from_ns
from nacre.core.errors import Damaged
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.progress import report
from nacre.engines.files.damage import Damage
from nacre.engines.postgres.wal import DamagedSegment
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.bases import Bases
from nacre.history.losses import Loss, Losses
from nacre.history.reach import Span
from nacre.history.segments import Segments
from nacre.history.verified import Verifications

_LISTED_AT_MOST = 200


class Lost(Answer):
    """What cannot be had back any more (“database”, or the path of a file), from `since` until `until` (None: now)."""

    what: str
    since: datetime
    until: datetime | None


class Fault(Answer):
    """Something kept that is missing or altered, and what is lost by it.

    `lost_from` and `lost_until` enclose all of it: both None when nothing is, because something else takes over;
    `lost_until` alone is None when it lasts to the present. `lost` lists the first 200 of `lost_count` losses.
    """

    kind: Literal["wal", "base", "files"]
    name: str
    code: str
    message: str
    lost_from: datetime | None
    lost_until: datetime | None
    lost_count: int
    lost: list[Lost]


class Verified(Answer):
    """`ok`: nothing is wrong. `unsealed_bases` are too young to have digests yet: names, sizes and times were checked.

    `contents` counts the pieces of file history, which all branches of the project share.
    """

    ok: bool
    segments: int
    bases: int
    unsealed_bases: int
    contents: int
    seconds: float
    faults: list[Fault]


class Checkup:
    def __init__(
        self,
        catalog: Catalog,
        trees: Trees,
        basebook: Basebook,
        bases: Bases,
        segments: Segments,
        losses: Losses,
        verifications: Verifications,
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._basebook = basebook
        self._bases = bases
        self._segments = segments
        self._losses = losses
        self._verifications = verifications

    def verify(self, ref: Ref) -> Verified:
        """Read everything that the kept moments of a branch rest on. A base found damaged is set aside."""
        started = time.monotonic()
        branch = self._catalog.running(ref)
        generations = self._losses.generations(branch)
        rows = [row for generation, _ in generations for row in self._kept(generation)]
        damaged = list(self._damaged(rows))
        read = [(generation, self._segments.read(generation, until)) for generation, until in generations]
        missing = [self._of_segment(branch, one, error) for one, result in read for error in result.faults]
        files = self._trees.history(ref.project)
        broken = [self._of_base(branch, row, errors) for row, errors in damaged]
        faults = [*broken, *missing, *(_of_pack(branch, damage) for damage in files.verify())]
        self._verifications.note(branch.id, len(faults))
        return Verified(
            ok=not faults,
            segments=sum(result.segments for _, result in read),
            bases=len(rows),
            unsealed_bases=sum(not row.detail.get("sealed") for row in rows),
            contents=files.usage().blobs,
            seconds=time.monotonic() - started,
            faults=faults,
        )

    def _kept(self, generation: Generation) -> list[BaseRow]:
        return [base for base in self._basebook.all(generation.id) if base.state in ("ready", "damaged")]

    def _damaged(self, rows: list[BaseRow]) -> Iterator[tuple[BaseRow, list[Damaged]]]:
        for number, row in enumerate(rows):
            report("checking bases", done=number, total=len(rows))
            errors = self._bases.faults(row)
            if errors and self._bases.set_aside(row, errors[0]):  # else the keeper thinned it out meanwhile
                yield row, errors

    def _of_base(self, branch: Branch, row: BaseRow, errors: list[Damaged]) -> Fault:
        losses = [_lost(loss) for loss in self._losses.by_base(branch, row)]
        more = f" So are {len(errors) - 1} more of its files." if len(errors) > 1 else ""
        return _fault("base", str(self._bases.path(row)), errors[0].code, errors[0].message + more, losses)

    def _of_segment(self, branch: Branch, generation: Generation, error: DamagedSegment) -> Fault:
        gap = Span(error.segment.start, error.segment.end)
        losses = [_lost(loss) for loss in self._losses.by_gap(branch, generation, gap)]
        return _fault("wal", error.segment.name, error.code, error.message, losses)


def _of_pack(branch: Branch, damage: Damage) -> Fault:
    """Of what a pack lost, only the paths of this branch are told; other branches tell theirs."""
    losses = [
        Lost(
            what=loss.path.decode(errors="backslashreplace"),
            since=from_ns(loss.from_ns),
            until=None if loss.until_ns is None else from_ns(loss.until_ns),
        )
        for loss in damage.losses
        if loss.tree_id == str(branch.id)
    ]
    message = f"The file history’s {damage.pack} {damage.reason}."
    return _fault("files", damage.pack, "history-damaged", message, losses)


def _lost(loss: Loss) -> Lost:
    return Lost(what="database", since=loss.since, until=loss.until)


def _fault(kind: Literal["wal", "base", "files"], name: str, code: str, message: str, losses: list[Lost]) -> Fault:
    ends = [loss.until for loss in losses]
    return Fault(
        kind=kind,
        name=name,
        code=code,
        message=message,
        lost_from=min((loss.since for loss in losses), default=None),
        lost_until=None if None in ends else max((end for end in ends if end is not None), default=None),
        lost_count=len(losses),
        lost=losses[:_LISTED_AT_MOST],
    )
