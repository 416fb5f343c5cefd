"""What is on and off by short turns in one process, so that whatever else goes on meets both alike, and what can be
said of the difference: Efron's bootstrap over pairs of turns, by percentiles."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
_RESAMPLED = 2000
_SEED = 20
_OUTSIDE = 0.025


@dataclass(frozen=True)
class Interval:
    """Of 95 in a hundred."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:.3f} to {self.most:.3f}"


def turns(pairs: int) -> Iterator[bool]:
    """On and off, once each in every pair, in an order left to chance."""
    chance = random.Random(_SEED)
    for _ in range(pairs):
        first = chance.random() < 0.5
        yield first
        yield not first


def interval(pairs: Sequence[T], figure: Callable[[Sequence[T]], float]) -> Interval:
    """Within which this figure of them lies."""
    chance = random.Random(_SEED)
    found = sorted(figure(chance.choices(pairs, k=len(pairs))) for _ in range(_RESAMPLED))
    return Interval(found[int(_OUTSIDE * _RESAMPLED)], found[int((1 - _OUTSIDE) * _RESAMPLED)])
