"""How far a position lies back: the transactions that returning to it undoes."""

from nacre.branches.catalog import Branch
from nacre.engines.postgres.lsn import Lsn
from nacre.history.lineage import Lineage, fork_of
from nacre.history.positions import Position
from nacre.history.wal import Wal

_END = Lsn(1 << 63)


def transactions_undone(lineage: Lineage, wal: Wal, branch: Branch, position: Position) -> int:
    """Committed transactions of the present database that are not in the past of `position`."""
    assert branch.generation_id is not None
    present = lineage.chain(branch.generation_id)
    target = lineage.chain(position.generation_id)
    shared = fork_of(present, target)
    commits = wal.commits(branch.generation_id)
    if shared == 0:
        return commits.transactions_between(Lsn(0), _END)
    parting = [leg.until_lsn for leg in (present[shared - 1], target[shared - 1]) if leg.until_lsn is not None]
    if shared == len(target):
        parting.append(position.last.end if position.last else 0)
    return commits.transactions_between(Lsn(min(parting)), _END)
