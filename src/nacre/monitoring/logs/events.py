"""What was found, with what it belongs to: a line of a stack trace is shown with the first and all others of it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nacre.engines.logs.line import Level, Line
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import Neighbours
from nacre.monitoring.logs.stamp import belongs, continues

_REACH = 60
"""So many lines before and after one are looked at for those that belong to it."""


class Event(NamedTuple):
    first: Line
    rest: Sequence[Line]


def events(found: Sequence[tuple[str, Line]], readers: dict[str, Reader]) -> list[tuple[str, Event]]:
    """In the order in which they were found. Lines of the same event are one."""
    known: dict[tuple[str, int], Event] = {}
    for each in {key for key, line in found if not _stands_alone(line)}:
        with readers[each].snapshot() as snapshot:
            neighbours = Neighbours(snapshot)
            for key, line in found:
                if key == each and (key, line.number) not in known and not _stands_alone(line):
                    for event in _events_in(neighbours.around(line.number, _REACH, _REACH)):
                        known.update({(key, one.number): event for one in (event.first, *event.rest)})
    told: dict[tuple[str, int], tuple[str, Event]] = {}
    for key, line in found:
        event = known.get((key, line.number)) or Event(line, ())
        told.setdefault((key, event.first.number), (key, event))
    return [*told.values()]


def _stands_alone(line: Line) -> bool:
    return line.text.startswith(b"{") or (line.level < Level.ERROR and not continues(line.text))


def _events_in(lines: Sequence[Line]) -> Iterator[Event]:
    event: list[Line] = []
    for each in lines:
        if event and each.number == event[-1].number + 1 and belongs(each.text, event[-1].text, event[-1].level):
            event.append(each)
            continue
        if event:
            yield Event(event[0], event[1:])
        event = [each]
    if event:
        yield Event(event[0], event[1:])
