"""Ranks from several ways of searching made into one (reciprocal rank fusion: Cormack, Clarke and Büttcher, 2009)."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

SMOOTHING = 60
"""How little the first few ranks outweigh agreement: the paper's figure, to which results are insensitive."""


def fused(*rankings: Sequence[K]) -> list[tuple[K, float]]:
    """All that any ranking holds, the best first, with its score: the sum of 1 / (SMOOTHING + rank), ranks from 1.

    Equal scores stay in the order in which the rankings name them, the first ranking first.
    """
    scores: dict[K, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one] = scores.get(one, 0.0) + 1 / (SMOOTHING + rank)
    return sorted(scores.items(), key=lambda each: -each[1])
