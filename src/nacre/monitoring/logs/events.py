"""What was found, with what it belongs to: a line of a stack trace is shown with the first and all others of it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nacre.engines.logs.line import Level, Line
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import around
from nacre.monitoring.logs.stamp import belongs, continues

_REACH = 60
"""So many lines before and after one are looked at for those that belong to it."""


class Event(NamedTuple):
    first: Line
    rest: Sequence[Line]


def events(found: Sequence[tuple[str, Line]], readers: dict[str, Reader]) -> list[tuple[str, Event]]:
    """In the order in which they were found. Lines of the same event are one."""
    known: dict[tuple[str, int], Event] = {}
    told: dict[tuple[str, int], tuple[str, Event]] = {}
    for key, line in found:
        if (key, line.number) not in known:
            for event in _events_around(line, readers[key]):
                known.update({(key, each.number): event for each in (event.first, *event.rest)})
        event = known.get((key, line.number)) or Event(line, ())
        told.setdefault((key, event.first.number), (key, event))
    return [*told.values()]


def _events_around(line: Line, reader: Reader) -> Iterator[Event]:
    if line.text.startswith(b"{") or (line.level < Level.ERROR and not continues(line.text)):
        yield Event(line, ())
        return
    lines = around(reader, line.number, _REACH, _REACH)
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
