"""What recovering the kept moments takes: for every generation the oldest base, and from where its WAL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nacre.branches.catalog import Branch, Generation
from nacre.history.basebook import BaseRow
from nacre.history.lineage import Lineage
from nacre.history.positions import Positions


@dataclass
class Needs:
    """`bases` maps generations to the oldest base of theirs that is needed; `generations` are all whose WAL is."""

    bases: dict[int, int] = field(default_factory=dict)
    generations: set[int] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)

    def wal_from(self, generation: Generation, ready: Sequence[BaseRow], dropped: Sequence[int]) -> int | None:
        """The WAL position before which nothing of a generation's is needed; None if all of it is."""
        if generation.id in self.whole or generation.id not in self.bases:
            return None
        return min((row.redo_lsn for row in ready if row.id not in dropped), default=None)


def needs_of(
    branches: Sequence[Branch], horizons: dict[int, datetime], lineage: Lineage, positions: Positions
) -> Needs:
    """The oldest kept moment of every time a generation was live decides; all later ones need no more than it does."""
    needs = Needs()
    for branch in branches:
        live = lineage.activations(branch.id)
        for activation, following in zip(live, [*live[1:], None], strict=True):
            if following is not None and following.since <= horizons[branch.id]:
                continue
            oldest = max(horizons[branch.id], activation.since)
            source = positions.find_source(positions.live_at(activation, oldest))
            if source is None:
                continue
            numbers = [leg.generation.id for leg in source.legs]
            begin = numbers.index(source.base.generation_id)
            needs.generations.update(numbers[begin:])
            needs.whole.update(numbers[begin + 1 :])
            known = needs.bases.get(numbers[begin])
            if known is None or source.base.id < known:
                needs.bases[numbers[begin]] = source.base.id
    return needs
