"""The latest samples of every subject, in memory: what is shown now, and what metrics.db has not been told yet."""

import threading
from array import array
from dataclasses import dataclass, field

from nacre.monitoring.sample import Sample, Subject

KEPT = 360
"""Samples of each subject: an hour while somebody looks, six hours else."""

_MOST_SUBJECTS = 5000
"""Beyond it new ones are not measured: names come from people, and must not fill the memory."""

_LONGEST_LABEL = 300


@dataclass
class _Track:
    """`numbers` are those of all times one after another, of which `gone` were there before the first. It is cut only
    now and then, since cutting moves all."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    numbers: "array[float]" = field(default_factory=lambda: array("d"))
    width: int = 0
    gone: int = 0


class Ring:
    """Written by one thread, read by any."""

    def __init__(self) -> None:
        self._tracks: dict[Subject, _Track] = {}
        self._lock = threading.Lock()
        self.left_out = 0
        """How many samples were not taken, since there were too many subjects or a name was none."""

    def add(self, sample: Sample) -> None:
        with self._lock:
            track = self._tracks.get(sample.subject)
            if track is None:
                if len(self._tracks) >= _MOST_SUBJECTS or not _is_name(sample.subject.label):
                    self.left_out += 1
                    return
                track = self._tracks[sample.subject] = _Track(width=len(sample.numbers))
            track.times.append(sample.time_ms)
            track.numbers.extend(sample.numbers)
            if len(track.times) >= 2 * KEPT:
                del track.times[:KEPT]
                del track.numbers[: KEPT * track.width]
                track.gone += KEPT

    def forget(self, before_ms: int) -> None:
        """Leave out the subjects that were last seen before this."""
        with self._lock:
            for subject in [one for one, track in self._tracks.items() if track.times[-1] < before_ms]:
                del self._tracks[subject]

    def subjects(self) -> list[Subject]:
        with self._lock:
            return list(self._tracks)

    def latest(self) -> list[Sample]:
        """The last of each subject."""
        with self._lock:
            return [Sample(subject, *_at(track, len(track.times) - 1)) for subject, track in self._tracks.items()]

    def past(self, subject: Subject, place: int, reach_ms: int) -> list[tuple[int, float]]:
        """What one measure was (time in milliseconds, number): the latest, last, and what is at most so much older.

        What was measured before the clock was set back has times that say nothing, and is left out.
        """
        with self._lock:
            track = self._tracks.get(subject)
            if track is None:
                return []
            count = len(track.times)
            first = count - 1
            while first > 0 and track.times[-1] - reach_ms <= track.times[first - 1] <= track.times[first]:
                first -= 1
            return [(track.times[at], track.numbers[at * track.width + place]) for at in range(first, count)]

    def after(self, subject: Subject, seen: int) -> tuple[list[Sample], int]:
        """Those of a subject that came after the first `seen` of them all, and how many there have been by now."""
        with self._lock:
            track = self._tracks.get(subject)
            if track is None:
                return [], seen
            places = range(max(seen - track.gone, 0), len(track.times))
            return [Sample(subject, *_at(track, place)) for place in places], track.gone + len(track.times)


def _at(track: _Track, place: int) -> "tuple[int, array[float]]":
    return track.times[place], track.numbers[place * track.width : (place + 1) * track.width]


def _is_name(label: str) -> bool:
    """Whether it can be written down: half of a character cannot."""
    try:
        label.encode()
    except UnicodeEncodeError:
        return False
    return len(label) <= _LONGEST_LABEL
