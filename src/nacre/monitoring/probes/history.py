"""The time machine of every branch."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from nacre.branches.catalog import Branch
from nacre.history.condition import Conditions


@dataclass(frozen=True)
class OfHistory:
    conditions: Conditions

    def __call__(self, branch: Branch) -> Sequence[float]:
        """In the order of its measures."""
        return astuple(self.conditions.of(branch))
