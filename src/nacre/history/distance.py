"""How far a position lies back: the transactions that returning to it undoes."""

from nacre.branches.catalog import Branch
from nacre.engines.postgres.lsn import Lsn
from nacre.history.lineage import Leg, Lineage, fork_of
from nacre.history.positions import Position
from nacre.history.wal import Wal

_END = Lsn((1 << 63) - 1)


def transactions_undone(lineage: Lineage, wal: Wal, branch: Branch, position: Position) -> int:
    """Committed transactions of the present database that are not in the past of `position`.

    Those by which Nacre gave a recovered cluster its credentials, before anyone could reach it, do not count.
    """
    assert branch.generation_id is not None
    present = lineage.chain(branch.generation_id)
    target = lineage.chain(position.generation_id)
    shared = fork_of(present, target)
    commits = wal.commits(branch.generation_id)
    total = commits.transactions_between(_parting(present, target, shared, position), _END)
    own = (commits.transactions_between(*_before_anyone(lineage, leg)) for leg in present[shared:])
    return total - sum(own)


def _parting(present: list[Leg], target: list[Leg], shared: int, position: Position) -> Lsn:
    """Where the present's past and the position's stop being the same."""
    if shared == 0:
        return Lsn(0)
    ends = [leg.until_lsn for leg in (present[shared - 1], target[shared - 1]) if leg.until_lsn is not None]
    if shared == len(target):
        ends.append(position.last.end if position.last else 0)
    return Lsn(min(ends, default=_END))


def _before_anyone(lineage: Lineage, leg: Leg) -> tuple[Lsn, Lsn]:
    """The stretch of a generation's WAL between its birth and the first time it went live."""
    born = leg.generation.start_lsn or 0
    first = [one for one in lineage.activations(leg.generation.branch_id) if one.generation_id == leg.generation.id]
    return Lsn(born), Lsn(first[0].since_lsn if first else born)
