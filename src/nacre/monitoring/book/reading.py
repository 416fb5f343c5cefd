"""Reads what the measures of one subject were, as fine as they are kept and as coarse as a chart wants them."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import apsw

from nacre.monitoring.book.blocks import Block, undamaged
from nacre.monitoring.book.drawing import Points, drawn
from nacre.monitoring.book.file import rows
from nacre.monitoring.book.quarters import GAP_MS, QUARTER_MS, rates
from nacre.monitoring.book.writing import DAY_MS, HOUR_MS, KEPT_MS
from nacre.monitoring.measures.measure import Measure
from nacre.monitoring.sample import Subject

_COARSE_FROM_MS = QUARTER_MS * 2 // 3
"""From this step on quarters are shown, which are there already: of a week as wide as a page all samples would take ten
times as long to read."""


@dataclass(frozen=True)
class Past:
    """Of several measures: the blocks that have one have the others too, and are read once."""

    connection: apsw.Connection
    subject: Subject
    _blocks_of: dict[tuple[str, int, int], list[tuple[Block, str]]] = field(default_factory=dict)

    def points(self, measure: Measure, since_ms: int, until_ms: int, most: int, now_ms: int) -> Points:
        """At most about `most` of them, from `since_ms` on and before `until_ms`. Counters are told as growth a
        second."""
        step_ms = max((until_ms - since_ms) // max(most, 1), 1)
        if step_ms >= _COARSE_FROM_MS or since_ms < now_ms - KEPT_MS:
            found = self._quarters(measure, since_ms, until_ms)
            last_ms = found.times[-1] + QUARTER_MS if found.times else since_ms
            fine = self._samples(measure, max(last_ms, now_ms - 2 * HOUR_MS), until_ms)
            found.add(fine.times, fine.mean, fine.least, fine.greatest)
            return drawn(found, max(step_ms, QUARTER_MS), 2 * QUARTER_MS)
        return drawn(self._samples(measure, since_ms, until_ms), step_ms, GAP_MS)

    def _samples(self, measure: Measure, since_ms: int, until_ms: int) -> Points:
        times, numbers = array("q"), array("d")
        # What a counter was before tells how fast it grew until the first.
        for block, place in self._blocks("hour", measure, since_ms - GAP_MS - HOUR_MS, until_ms):
            times.extend(block.times)
            numbers.extend(block.column(place))
        for time, number in self._recent(measure, since_ms - GAP_MS, until_ms):
            times.append(time)
            numbers.append(number)
        told = rates(times, numbers) if measure.counter else numbers
        return Points(times, told, told, told).cut(since_ms, until_ms)

    def _quarters(self, measure: Measure, since_ms: int, until_ms: int) -> Points:
        found = Points()
        for block, place in self._blocks("day", measure, since_ms - DAY_MS, until_ms):
            found.add(block.times, *(block.column(3 * place + one) for one in range(3)))
        return found.cut(since_ms, until_ms)

    def _recent(self, measure: Measure, since_ms: int, until_ms: int) -> Iterator[tuple[int, float]]:
        found = rows(
            self.connection,
            "SELECT r.time, r.numbers, l.names FROM recent r JOIN layout l ON l.id = r.layout JOIN subject s "
            "ON s.id = r.subject WHERE s.kind = ? AND s.label = ? AND r.time >= ? AND r.time < ? ORDER BY r.time",
            (*self.subject, since_ms, until_ms),
        )
        for time, numbers, names in found:
            place = _place(names, measure)
            if place is not None:
                yield time, memoryview(numbers).cast("d")[place]

    def _blocks(self, table: str, measure: Measure, after_ms: int, until_ms: int) -> Iterator[tuple[Block, int]]:
        """Those that have the measure, with the place of its column."""
        key = table, after_ms, until_ms
        if key not in self._blocks_of:
            found = rows(
                self.connection,
                f"SELECT b.block, l.names FROM {table} b JOIN layout l ON l.id = b.layout "  # noqa: S608
                "JOIN subject s ON s.id = b.subject "
                "WHERE s.kind = ? AND s.label = ? AND b.start > ? AND b.start < ? ORDER BY b.start",
                (*self.subject, after_ms, until_ms),
            )
            self._blocks_of[key] = [(block, names) for data, names in found if (block := undamaged(data)) is not None]
        for block, names in self._blocks_of[key]:
            place = _place(names, measure)
            if place is not None:
                yield block, place


def _place(names: str, measure: Measure) -> int | None:
    known = names.split()
    return known.index(measure.name) if measure.name in known else None
