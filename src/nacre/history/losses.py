"""Which moments of a branch are lost by a damaged stretch of WAL or a damaged base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nacre.branches.catalog import Branch, Generation
from nacre.core.clock import from_ns
from nacre.core.errors import Damaged
from nacre.engines.postgres.lsn import Lsn
from nacre.history.basebook import Basebook, BaseRow
from nacre.history.lineage import Activation, Leg, Lineage
from nacre.history.positions import is_within
from nacre.history.reach import END, Anchor, Span, reachable, within, without
from nacre.history.wal import Wal


@dataclass(frozen=True)
class Loss:
    """The database cannot be had back as it was from `since` until `until` (None: now)."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class _Life:
    """One time a generation was live, until `until` (None: it is), and the bases along its chain."""

    activation: Activation
    until: datetime | None
    legs: list[Leg]
    bases: list[BaseRow]

    @property
    def intact(self) -> list[Span]:
        return reachable(_anchor(base) for base in self.bases if base.state == "ready")


class Losses:
    def __init__(self, lineage: Lineage, basebook: Basebook, wal: Wal) -> None:
        self._lineage = lineage
        self._basebook = basebook
        self._wal = wal

    def generations(self, branch: Branch) -> list[tuple[Generation, int | None]]:
        """All generations that the branch's moments rest on, oldest first, and up to which position they do."""
        found: dict[int, tuple[Generation, int | None]] = {}
        for life in self._lives(branch):
            for leg in life.legs:
                _, until = found.get(leg.generation.id, (None, 0))
                longer = None if until is None or leg.until_lsn is None else max(until, leg.until_lsn)
                found[leg.generation.id] = (leg.generation, longer)
        return [found[number] for number in sorted(found)]

    def by_gap(self, branch: Branch, generation: Generation, gap: Span) -> list[Loss]:
        """What is lost when this stretch of a generation's WAL is: until the next base after it takes over."""
        lost = []
        for life in self._lives(branch):
            for leg in life.legs:
                if leg.generation.id == generation.id:
                    here = within([gap], [Span(generation.start_lsn or 0, leg.until_lsn or END)])
                    bases = [_anchor(base) for base in life.bases if base.state == "ready"]
                    lost += self._times(life, without(life.intact, reachable(bases, here)))
        return lost

    def by_base(self, branch: Branch, base: BaseRow) -> list[Loss]:
        """What is lost by a damaged base: nothing where an older one, and the WAL since, can take over."""
        lost = []
        for life in self._lives(branch):
            if any(one.id == base.id for one in life.bases):
                led = within(reachable([_anchor(base)]), reachable(_anchor(one) for one in life.bases))
                lost += self._times(life, without(led, life.intact))
        return lost

    def _lives(self, branch: Branch) -> list[_Life]:
        live = self._lineage.activations(branch.id)
        lives = []
        for activation, following in zip(live, [*live[1:], None], strict=True):
            legs = self._wal.unbroken(self._lineage.chain(activation.generation_id))
            bases = [
                base
                for leg in legs
                for base in self._basebook.all(leg.generation.id)
                if base.state in ("ready", "damaged") and is_within(base, leg)
            ]
            lives.append(_Life(activation, following.since if following else None, legs, bases))
        return lives

    def _times(self, life: _Life, spans: Sequence[Span]) -> list[Loss]:
        losses = []
        for span in spans:
            since = max(self._time_of(life, span.start), life.activation.since)
            until = None if span.end == END else self._time_of(life, span.end)
            ends = [one for one in (until, life.until) if one is not None]
            if not ends or since < min(ends):
                losses.append(Loss(since, min(ends, default=None)))
        return losses

    def _time_of(self, life: _Life, position: int) -> datetime:
        """The first moment whose state has everything before `position` in it."""
        commits = self._wal.commits(life.activation.generation_id)
        try:
            latest_us = commits.latest_us_before(Lsn(position))
        except Damaged:
            # The WAL that would tell cannot be read itself: a base that ends there was taken at that time.
            taken = (base.taken_at for base in life.bases if base.end_lsn == position)
            return next(taken, life.activation.since)
        return life.activation.since if latest_us is None else from_ns(latest_us * 1000)


def _anchor(base: BaseRow) -> Anchor:
    return Anchor(base.replay_from, base.end_lsn)
