"""From a moment, as a person names it, to one exact position: generation, last transaction, files."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns, to_ns
from nacre.core.errors import Damaged, InvalidInput, NacreError
from nacre.core.moments import AtEntry, AtTime, Moment
from nacre.engines.postgres.commits import Commits
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.transactions import TransactionEnd
from nacre.history.barrier import Barrier
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.bases import Bases
from nacre.history.lineage import Activation, Leg, Lineage
from nacre.history.logbook import LEAVING, Entry, Logbook
from nacre.history.wal import Wal

_log = structlog.get_logger()
_CLOCK_SLACK = timedelta(seconds=1)
_SURELY_SEEN = timedelta(minutes=2)
"""Even what nothing announces is noticed by then: the watcher compares the whole tree every minute, and Postgres
writes down commits that did not wait for the disk within the second."""


@dataclass(frozen=True)
class Position:
    """A state in the past of a branch.

    `last` is the last transaction end that belongs to it (None: none since the chain begins), `excluded` the first
    that does not (None: there is none yet). `lsn` is the WAL position it was asked for by, if it was. `exact` says
    that database and files were paired at a barrier.
    """

    asked: datetime
    generation_id: int
    last: TransactionEnd | None
    excluded: TransactionEnd | None
    files_seq: int
    lsn: int | None
    exact: bool

    @property
    def reached(self) -> datetime | None:
        """When the last transaction in it committed."""
        return self.last.time if self.last else None


@dataclass(frozen=True)
class Source:
    """What a position is recovered from: a base, and the legs of WAL up to the generation the position lies on."""

    base: BaseRow
    legs: list[Leg]

    def replay_until(self, position: Position) -> int:
        return max(self.base.end_lsn, position.last.end if position.last else 0)

    def legs_from_base(self) -> list[Leg]:
        begin = next(at for at, leg in enumerate(self.legs) if leg.generation.id == self.base.generation_id)
        return self.legs[begin:]


class Positions:
    def __init__(
        self,
        catalog: Catalog,
        trees: Trees,
        lineage: Lineage,
        logbook: Logbook,
        basebook: Basebook,
        bases: Bases,
        wal: Wal,
        barrier: Barrier,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._lineage = lineage
        self._logbook = logbook
        self._basebook = basebook
        self._bases = bases
        self._wal = wal
        self._barrier = barrier
        self._clock = clock

    def find(self, branch: Branch, moment: Moment) -> Position:
        """The position of a moment. Raises InvalidInput "moment-in-future" or "moment-before-window", NotFound."""
        if isinstance(moment, AtTime):
            return self._at_time(branch, moment.time)
        return self._at_entry(branch, moment)

    def present(self, branch: Branch) -> Position:
        """The state at a barrier taken now."""
        now = self._barrier.take(branch)
        return self.at_lsn(now.generation_id, now.lsn, now.files_seq, now.time, exact=True)

    def left_behind_by(self, entry: Entry) -> Position:
        """The state that a log entry names: the one captured, or the one a rewind left behind."""
        position = self.at_lsn(entry.generation_id, entry.lsn, entry.files_seq, entry.time, exact=True)
        self._require_whole(self._catalog.branch_by_id(entry.branch_id), position)
        return position

    def at_lsn(self, generation_id: int, lsn: int, files_seq: int, asked: datetime, exact: bool) -> Position:
        """The state a generation was in at a WAL position."""
        commits = self._wal.commits(generation_id)
        last = commits.last_ending_by(Lsn(lsn))
        return Position(asked, generation_id, last, _after(commits, last), files_seq, lsn, exact)

    def source(self, position: Position) -> Source:
        """The newest intact base the position can be recovered from; damaged ones are set aside on the way.

        Raises InvalidInput "moment-before-window", and Damaged, naming what is, where no other base can take over.
        """
        while (found := self.find_source(position)) is not None:
            try:
                self._bases.prove(found.base)
            except Damaged as damage:
                _log.warning("base set aside", base=str(self._bases.path(found.base)), damage=damage.message)
                self._bases.set_aside(found.base, damage)
                continue
            self._wal.prove(found.legs_from_base(), found.base.replay_from, found.replay_until(position))
            return found
        raise self._unreachable(position)

    def find_source(self, position: Position) -> Source | None:
        """The newest base the position can be recovered from, unlooked at, or None where there is none.

        The newest is the one whose replay begins latest: a snapshot taken long after its last checkpoint replays more.
        """
        legs = self._wal.unbroken(self._lineage.chain(position.generation_id))
        fitting = _fitting(legs, position, self._basebook.ready)
        newest = max(fitting, key=lambda base: (base.redo_lsn, base.end_lsn), default=None)
        return None if newest is None else Source(newest, legs)

    def window_start(self, branch: Branch) -> datetime:
        """The oldest moment whose database can be reached. Raises Damaged."""
        live = self._lineage.activations(branch.id)
        for activation, following in zip(live, [*live[1:], None], strict=True):
            start = self._reachable_from(activation)
            if start is not None and (following is None or start < following.since):
                return start
        return self._clock()

    def _reachable_from(self, activation: Activation) -> datetime | None:
        """The first moment from which an activation's database can be recovered: the first that excludes nothing
        its oldest base holds. None without a base."""
        legs = self._wal.unbroken(self._lineage.chain(activation.generation_id))
        ends = [
            base.end_lsn for leg in legs for base in self._basebook.ready(leg.generation.id) if is_within(base, leg)
        ]
        if not ends:
            return None
        latest_us = self._wal.commits(activation.generation_id).latest_us_before(Lsn(min(ends)))
        return max(activation.since, from_ns(latest_us * 1000)) if latest_us is not None else activation.since

    def _unreachable(self, position: Position) -> NacreError:
        """Why no base leads to a position: because it lies too far back, or because of damage."""
        legs = self._wal.unbroken(self._lineage.chain(position.generation_id))
        damaged = _fitting(legs, position, self._basebook.damaged)
        if not damaged:
            generation = self._catalog.generation(position.generation_id)
            return self._before_window(self._catalog.branch_by_id(generation.branch_id), position.asked)
        return Damaged(
            "base-damaged",
            f"Every base that leads there is damaged. {' '.join(str(base.detail['damage']) for base in damaged)}",
            hint="Nothing was changed. `nacre history show` tells which moments can be reached.",
        )

    def _at_time(self, branch: Branch, time: datetime) -> Position:
        now = self._clock()
        if time > now + _CLOCK_SLACK:
            raise InvalidInput(
                "moment-in-future",
                f"{time.isoformat()} has not come yet: it is {now.isoformat(timespec='seconds')}.",
                hint="Name a moment in the past; times without an offset are UTC.",
            )
        activation = self._lineage.live_at(branch, time)
        if activation is None:
            raise self._before_window(branch, time)
        self._barrier.settle(branch, unannounced=time > now - _SURELY_SEEN)
        position = self.live_at(activation, time)
        self._require_whole(branch, position)
        if self.find_source(position) is None:
            raise self._unreachable(position)
        return replace(position, files_seq=self._trees.tree(branch).seq_at(to_ns(time)))

    def live_at(self, activation: Activation, time: datetime) -> Position:
        """The database of an activation as of `time`; the files are left open (sequence 0)."""
        commits = self._wal.commits(activation.generation_id)
        last = commits.last_at_or_before(time)
        return Position(time, activation.generation_id, last, _after(commits, last), 0, None, exact=False)

    def _require_whole(self, branch: Branch, position: Position) -> None:
        """The WAL of a generation that was left must reach to where it was left: else its end is not the real one.

        Raises Damaged.
        """
        if position.excluded is None and position.generation_id != branch.generation_id:
            left = [one.lsn for one in self._logbook.entries(branch.id) if one.generation_id == position.generation_id]
            self._wal.commits(position.generation_id).require(Lsn(max(left, default=0)))

    def _at_entry(self, branch: Branch, moment: AtEntry) -> Position:
        entry = self._logbook.find(branch, moment.number, moment.label)
        captured = entry.kind == "checkpoint"
        if captured or (moment.before and entry.kind in LEAVING):
            return self.left_behind_by(entry)
        return self._at_time(branch, entry.time)

    def _before_window(self, branch: Branch, time: datetime) -> InvalidInput:
        start = self.window_start(branch)
        return InvalidInput(
            "moment-before-window",
            f"{time.isoformat()} lies before the history of {branch.ref}, which begins at {start.isoformat()}.",
            hint=f"`nacre history show {branch.ref}` shows the window; settings retention_days decides its length.",
        )


def _after(commits: Commits, last: TransactionEnd | None) -> TransactionEnd | None:
    return commits.first_after(last.end if last else Lsn(0))


def _fitting(legs: list[Leg], position: Position, bases_of: Callable[[int], list[BaseRow]]) -> list[BaseRow]:
    return [base for leg in legs for base in bases_of(leg.generation.id) if _leads(base, leg, position)]


def _leads(base: BaseRow, leg: Leg, position: Position) -> bool:
    """A base that ends before the first excluded transaction holds nothing that the position does not."""
    return is_within(base, leg) and (position.excluded is None or base.end_lsn <= position.excluded.start)


def is_within(base: BaseRow, leg: Leg) -> bool:
    """Whether a base of the leg's generation lies on the chain: it ends before the chain leaves the generation."""
    return leg.until_lsn is None or base.end_lsn <= leg.until_lsn
