"""Chooses the base a recovery should start from."""

from collections.abc import Iterable

from nacre.engines.postgres.bases import Base
from nacre.engines.postgres.timeline import Chain
from nacre.engines.postgres.transactions import TransactionEnd


def choose_base(
    bases: Iterable[Base], chain: Chain, target: TransactionEnd, following: TransactionEnd | None
) -> Base | None:
    """The base on `chain` that leads to `target` with the least WAL to replay, or None if none does.

    Least by where its replay begins: a base taken long after its last checkpoint is no better than an older one.
    `following` is the first transaction end after the target (`Commits.first_after(target.end)`), None if there is
    none: a base that ends between the two shows just what is asked for, as it is.
    """
    fitting = [base for base in bases if lies_on(base, chain) and _leads_to(base, target, following)]
    return max(fitting, key=lambda base: (base.redo_lsn, base.end_lsn), default=None)


def lies_on(base: Base, chain: Chain) -> bool:
    """Whether the base is part of the past that `chain` describes: on one of its timelines, before it was left."""
    return any(
        stretch.timeline == base.timeline
        and stretch.start <= base.end_lsn
        and (stretch.end is None or base.end_lsn <= stretch.end)
        for stretch in chain
    )


def _leads_to(base: Base, target: TransactionEnd, following: TransactionEnd | None) -> bool:
    if base.end_lsn <= target.start:
        return True
    return target.end <= base.end_lsn and (following is None or base.end_lsn <= following.start)
