"""What was measured of a few subjects since it was last asked for, told as charts tell it."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from nacre.monitoring.book.quarters import rates
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample, Subject
from nacre.monitoring.watching.answers import Measured

MOST_LOOKS = 30
"""Whoever is further behind is told nothing of them but to ask anew."""


@dataclass
class _Place:
    """`seen` of a subject's samples are told; `before` is the last of those."""

    seen: int
    before: Sample | None


class Tail:
    """For one follower, on one thread."""

    def __init__(self, ring: Ring, subjects: Sequence[Subject]) -> None:
        self._ring = ring
        self._places = {subject: _begun(ring, subject) for subject in dict.fromkeys(subjects)}

    def news(self) -> tuple[list[Measured], bool]:
        """What came, the latest look before it too at the first time, and whether some of it is left out."""
        found, lost = [], False
        for subject, place in self._places.items():
            came, count = self._ring.after(subject, place.seen)
            if count < place.seen:  # it was gone meanwhile, and is counted anew
                place = _begun(self._ring, subject)
                came, count = self._ring.after(subject, place.seen)
                lost = True
            lost |= count - place.seen > min(len(came), MOST_LOOKS)
            came = came[-MOST_LOOKS:]
            if came:
                found.append(_told(subject, place.before, came))
                self._places[subject] = _Place(count, came[-1])
        return found, lost


def _begun(ring: Ring, subject: Subject) -> _Place:
    """Before its latest look: that one may not lie in metrics.db yet, where charts begin from."""
    came, count = ring.after(subject, 0)
    return _Place(count - len(came[-1:]), came[-2] if len(came) > 1 else None)


def _told(subject: Subject, before: Sample | None, came: Sequence[Sample]) -> Measured:
    samples = [*([before] if before else []), *came]
    times = [one.time_ms for one in samples]
    numbers = {}
    for place, measure in enumerate(KINDS[subject.kind].measures):
        column = array("d", [one.numbers[place] for one in samples])
        told = rates(times, column) if measure.counter else column
        numbers[measure.name] = [_known(number) for number in told[-len(came) :]]
    return Measured(kind=subject.kind, label=subject.label, times=times[-len(came) :], numbers=numbers)


def _known(number: float) -> float | None:
    return None if isnan(number) else number
