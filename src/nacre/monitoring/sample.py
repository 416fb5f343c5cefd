"""One look at one subject: numbers in the order of its kind's measures, not a number where something is not known."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nacre.monitoring.measures.measure import Kind


class Subject(NamedTuple):
    """`label` is empty where there is only one of its kind."""

    kind: str
    label: str


@dataclass(frozen=True)
class Sample:
    """`time_ms` is milliseconds since the epoch."""

    subject: Subject
    time_ms: int
    numbers: "array[float]"


def sample(kind: Kind, label: str, time_ms: int, numbers: Sequence[float]) -> Sample:
    if len(numbers) != len(kind.measures):
        raise ValueError(f"{kind.name} has {len(kind.measures)} measures, and {len(numbers)} numbers came")
    return Sample(Subject(kind.name, label), time_ms, array("d", numbers))
