"""Reads what one measure of one subject was, as fine as it is kept and as coarse as a chart wants it."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan

import apsw

from nacre.monitoring.book.blocks import Block
from nacre.monitoring.book.file import rows
from nacre.monitoring.book.quarters import GAP_MS, QUARTER_MS, rates
from nacre.monitoring.book.writing import DAY_MS, HOUR_MS, KEPT_MS
from nacre.monitoring.measures.measure import Measure
from nacre.monitoring.sample import Subject


@dataclass(frozen=True)
class Points:
    """`times` in milliseconds, `mean`, `least` and `greatest` of what lies between each and the next. Not a number
    stands for a gap: nothing was measured."""

    times: "array[int]"
    mean: "array[float]"
    least: "array[float]"
    greatest: "array[float]"


def points(
    connection: apsw.Connection,
    subject: Subject,
    measure: Measure,
    since_ms: int,
    until_ms: int,
    most: int,
    now_ms: int,
) -> Points:
    """At most about `most` of them, from `since_ms` on and before `until_ms`. Counters are told as growth a second."""
    step_ms = max((until_ms - since_ms) // max(most, 1), 1)
    if step_ms >= QUARTER_MS or since_ms < now_ms - KEPT_MS:
        coarse = _of_quarters(connection, subject, measure, since_ms, until_ms)
        last_ms = coarse[-1][0] + QUARTER_MS if coarse else since_ms
        fine = _fine(connection, subject, measure, max(last_ms, now_ms - 2 * HOUR_MS), until_ms)
        return _drawn([*coarse, *fine], max(step_ms, QUARTER_MS), 2 * QUARTER_MS)
    return _drawn(_fine(connection, subject, measure, since_ms, until_ms), step_ms, GAP_MS)


Row = tuple[int, float, float, float]


def _fine(connection: apsw.Connection, subject: Subject, measure: Measure, since_ms: int, until_ms: int) -> list[Row]:
    times, numbers = array("q"), array("d")
    for some, column in _samples(connection, subject, measure.name, since_ms - GAP_MS, until_ms):
        times.extend(some)
        numbers.extend(column)
    told = rates(times, numbers) if measure.counter else numbers
    return [(time, one, one, one) for time, one in zip(times, told, strict=True) if since_ms <= time < until_ms]


def _samples(
    connection: apsw.Connection, subject: Subject, name: str, since_ms: int, until_ms: int
) -> "Iterator[tuple[Sequence[int], array[float]]]":
    for times, place, block in _blocks(connection, "hour", subject, name, since_ms - HOUR_MS, until_ms, 1):
        yield times, block.column(place)
    recent = rows(
        connection,
        "SELECT r.time, r.numbers, l.names FROM recent r JOIN layout l ON l.id = r.layout JOIN subject s "
        "ON s.id = r.subject WHERE s.kind = ? AND s.label = ? AND r.time >= ? AND r.time < ? ORDER BY r.time",
        (*subject, since_ms, until_ms),
    )
    own, numbers = array("q"), array("d")
    for time, row, names in recent:
        at = _place(names, name)
        if at is not None:
            own.append(time)
            numbers.frombytes(row[8 * at : 8 * at + 8])
    yield own, numbers


def _of_quarters(
    connection: apsw.Connection, subject: Subject, measure: Measure, since_ms: int, until_ms: int
) -> list[Row]:
    found: list[Row] = []
    for times, place, block in _blocks(connection, "day", subject, measure.name, since_ms - DAY_MS, until_ms, 3):
        three = (block.column(place + one) for one in range(3))
        found += [row for row in zip(times, *three, strict=True) if since_ms <= row[0] < until_ms]
    return found


def _blocks(
    connection: apsw.Connection, table: str, subject: Subject, name: str, since_ms: int, until_ms: int, each: int
) -> Iterator[tuple[list[int], int, Block]]:
    """Those that have the measure, with the place of its column."""
    found = rows(
        connection,
        f"SELECT b.block, l.names FROM {table} b JOIN layout l ON l.id = b.layout JOIN subject s ON s.id = b.subject "  # noqa: S608
        "WHERE s.kind = ? AND s.label = ? AND b.start > ? AND b.start < ? ORDER BY b.start",
        (*subject, since_ms, until_ms),
    )
    for data, names in found:
        place = _place(names, name)
        if place is not None:
            block = Block(data)
            yield block.times, each * place, block


def _place(names: str, name: str) -> int | None:
    known = names.split()
    return known.index(name) if name in known else None


def _drawn(found: Iterable[Row], step_ms: int, gap_ms: int) -> Points:
    """Rows put together by steps, and not a number wherever nothing was measured for longer than `gap_ms`."""
    drawn = Points(array("q"), array("d"), array("d"), array("d"))
    last_ms: int | None = None
    for time, mean, least, greatest in _together(found, step_ms):
        if last_ms is not None and time - last_ms > max(gap_ms, 2 * step_ms):
            _append(drawn, last_ms + step_ms, nan, nan, nan)
        _append(drawn, time, mean, least, greatest)
        last_ms = time
    return drawn


def _together(found: Iterable[Row], step_ms: int) -> Iterator[Row]:
    held: list[Row] = []
    for row in found:
        if isnan(row[1]):
            continue
        if held and row[0] // step_ms != held[0][0] // step_ms:
            yield _one(held)
            held = []
        held.append(row)
    if held:
        yield _one(held)


def _one(held: Sequence[Row]) -> Row:
    if len(held) == 1:
        return held[0]
    return (
        held[0][0],
        sum(row[1] for row in held) / len(held),
        min(row[2] for row in held),
        max(row[3] for row in held),
    )


def _append(drawn: Points, time: int, mean: float, least: float, greatest: float) -> None:
    drawn.times.append(time)
    drawn.mean.append(mean)
    drawn.least.append(least)
    drawn.greatest.append(greatest)
