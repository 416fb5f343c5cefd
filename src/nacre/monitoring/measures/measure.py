"""What a measure is, and a kind of subjects: its numbers, in the order in which they are kept."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Unit = Literal["", "bytes", "seconds", "percent"]


@dataclass(frozen=True)
class Measure:
    """`counter` only grows until what counts is started anew: what people look at is how fast."""

    name: str
    help: str
    unit: Unit = ""
    counter: bool = False


@dataclass(frozen=True)
class Kind:
    """`label` is what tells its subjects apart; empty where there is only one.

    Measures may be added, and left out, from one version to the next: what is kept says what it has by name.
    """

    name: str
    label: str
    measures: tuple[Measure, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where in a sample each measure stands."""
        return {measure.name: at for at, measure in enumerate(self.measures)}
