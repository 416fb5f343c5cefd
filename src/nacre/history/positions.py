"""From a moment, as a person names it, to one exact position: generation, last transaction, files."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, to_ns
from nacre.core.errors import InvalidInput
from nacre.core.moments import AtEntry, AtTime, Moment
from nacre.engines.postgres.commits import Commits
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.transactions import TransactionEnd
from nacre.history.barrier import Barrier
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.lineage import Activation, Leg, Lineage
from nacre.history.logbook import LEAVING, Entry, Logbook
from nacre.history.wal import Wal

_CLOCK_SLACK = timedelta(seconds=1)


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


class Positions:
    def __init__(
        self,
        catalog: Catalog,
        trees: Trees,
        lineage: Lineage,
        logbook: Logbook,
        basebook: Basebook,
        wal: Wal,
        barrier: Barrier,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._lineage = lineage
        self._logbook = logbook
        self._basebook = basebook
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
        return self.at_lsn(entry.generation_id, entry.lsn, entry.files_seq, entry.time, exact=True)

    def at_lsn(self, generation_id: int, lsn: int, files_seq: int, asked: datetime, exact: bool) -> Position:
        """The state a generation was in at a WAL position."""
        commits = self._wal.commits(generation_id)
        last = commits.last_ending_by(Lsn(lsn))
        return Position(asked, generation_id, last, _after(commits, last), files_seq, lsn, exact)

    def source(self, position: Position) -> Source:
        """The newest base the position can be recovered from. Raises InvalidInput "moment-before-window"."""
        found = self.find_source(position)
        if found is None:
            generation = self._catalog.generation(position.generation_id)
            raise self._before_window(self._catalog.branch_by_id(generation.branch_id), position.asked)
        return found

    def find_source(self, position: Position) -> Source | None:
        """As `source`, but None where there is none.

        The newest is the one whose replay begins latest: a snapshot taken long after its last checkpoint replays more.
        """
        legs = self._lineage.chain(position.generation_id)
        fitting = [
            base for leg in legs for base in self._basebook.ready(leg.generation.id) if _leads(base, leg, position)
        ]
        newest = max(fitting, key=lambda base: (base.redo_lsn, base.end_lsn), default=None)
        return None if newest is None else Source(newest, legs)

    def window_start(self, branch: Branch) -> datetime:
        """The oldest moment that can be reached: no earlier than the branch and the first base it can start from."""
        live = self._lineage.activations(branch.id)
        starts = [live[0].since]
        chain = {leg.generation.id for activation in live for leg in self._lineage.chain(activation.generation_id)}
        first = [bases[0].taken_at for number in chain if (bases := self._basebook.ready(number))]
        if first:
            starts.append(min(first))
        return max(starts)

    def _at_time(self, branch: Branch, time: datetime) -> Position:
        now = self._clock()
        if time > now + _CLOCK_SLACK:
            raise InvalidInput(
                "moment-in-future",
                f"{time.isoformat()} has not come yet: it is {now.isoformat(timespec='seconds')}.",
                hint="Name a moment in the past; times without an offset are UTC.",
            )
        activation = self._lineage.live_at(branch, time)
        if activation is None or time < self.window_start(branch):
            raise self._before_window(branch, time)
        seq = self._trees.tree(branch).seq_at(to_ns(time))
        return replace(self.live_at(activation, time), files_seq=seq)

    def live_at(self, activation: Activation, time: datetime) -> Position:
        """The database of an activation as of `time`; the files are left open (sequence 0)."""
        commits = self._wal.commits(activation.generation_id)
        last = commits.last_at_or_before(time)
        return Position(time, activation.generation_id, last, _after(commits, last), 0, None, exact=False)

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


def _leads(base: BaseRow, leg: Leg, position: Position) -> bool:
    """A base that ends before the first excluded transaction holds nothing that the position does not."""
    within_leg = leg.until_lsn is None or base.end_lsn <= leg.until_lsn
    return within_leg and (position.excluded is None or base.end_lsn <= position.excluded.start)
