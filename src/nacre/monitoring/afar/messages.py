"""What is asked of a node about the logs of its apps, and how its answer is read: it is believed in nothing else.

An answer is a line of JSON and then the lines of logs, each with the number of its instance before it, all compressed.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nacre.engines.logs.line import Level
from nacre.monitoring.afar.carried import LONGEST_TEXT, Carried, carried
from nacre.monitoring.logs.stamp import OLDEST_MS

LONGEST_WAIT_S = 1.0
LONGEST_ANSWER_BYTES = 8 << 20
MOST_ASKED = 10_000
MOST_LINES = 1000
"""In one answer: to read each takes the daemon some microseconds."""
_LONGEST_WORDS = 1000
_SKEW_MS = 1000
"""Clocks that differ by less are left alone: an answer takes as long to come."""

Number = Annotated[int, Field(ge=0, lt=1 << 60)]
Made = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]


class Refused(Exception):
    """What a node answers is not believed; in a sentence's words."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wanted(_Message):
    """From which line on the log of an instance is wanted; of a log that was `made` anew, all of it."""

    made: str = Field(max_length=16)
    next: Number


class AskLines(_Message):
    """`wanted` is by the number of the instance. Those that are `done` are on the shelves here to their end."""

    wanted: dict[int, Wanted] = Field(max_length=MOST_ASKED)
    done: tuple[int, ...] = Field(default=(), max_length=MOST_ASKED)
    wait_s: float = Field(ge=0, le=LONGEST_WAIT_S)


class Reached(_Message):
    """Up to which number the answer tells of the log of an instance; `live` while it may be added to. `made` names the
    log as it was begun there, and is empty where it was not yet."""

    made: Made
    next: Number
    live: bool


class Head(_Message):
    """`now_ms` is by the clock of the node."""

    now_ms: Number
    reached: dict[int, Reached] = Field(max_length=MOST_ASKED)


class Brought(NamedTuple):
    """By instance: the lines that come next, and up to where."""

    lines: Mapping[int, list[Carried]]
    reached: Mapping[int, Reached]
    size_bytes: int


def write_answer(head: Head, lines: Iterable[tuple[int, Carried]]) -> bytes:
    body = b"".join(b"%d %s" % (number, line.written()) for number, line in lines)
    return zlib.compress(head.model_dump_json().encode() + b"\n" + body, 1)


def read_answer(packed: bytes, asked: Mapping[int, Wanted], now_ms: int) -> Brought:
    """What a node answered to what was asked, its times by the clock of this machine. Raises Refused."""
    data = _unpacked(packed)
    told, _, body = data.partition(b"\n")
    try:
        head = Head.model_validate_json(told)
    except ValidationError as error:
        raise Refused(f"it begins with what is no beginning: {error.errors()[0]['msg']}") from None
    if unasked := head.reached.keys() - asked.keys():
        raise Refused(f"it tells of the log of instance {min(unasked)}, which it was not asked for")
    skew_ms = now_ms - head.now_ms if abs(now_ms - head.now_ms) > _SKEW_MS else 0
    if body.count(b"\n") > MOST_LINES:
        raise Refused(f"it has more lines than {MOST_LINES}")
    lines: dict[int, list[Carried]] = {number: [] for number in head.reached}
    for written in body.split(b"\n")[:-1]:
        number, line = _line(written)
        reached = head.reached.get(number)
        if reached is None or line.made != reached.made:
            raise Refused(f"it has a line of instance {number}, of whose log it does not tell")
        least = lines[number][-1].number + 1 if lines[number] else first_of(asked[number], reached)
        if not least <= line.number < reached.next:
            raise Refused(f"line {line.number} of instance {number} comes where one from {least} on was to come")
        lines[number].append(line._replace(time_ms=_believed(line.time_ms + skew_ms, now_ms)))
    return Brought(lines, head.reached, len(data))


def first_of(wanted: Wanted, reached: Reached) -> int:
    """The number of the line that is to come next: a log that was made anew is wanted from its beginning."""
    return wanted.next if wanted.made == reached.made else 1


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, LONGEST_ANSWER_BYTES)
    except zlib.error:
        raise Refused("it cannot be unpacked") from None
    if not unpacking.eof:
        raise Refused(f"it is cut off, or more than {LONGEST_ANSWER_BYTES} bytes")
    return data


def _line(written: bytes) -> tuple[int, Carried]:
    number, _, rest = written.partition(b" ")
    line = carried(rest)
    if line is None or not number.isdigit() or len(number) > 18:
        raise Refused("it has a line that is none")
    if len(line.text) > LONGEST_TEXT:
        raise Refused(f"it has a line of {len(line.text)} bytes")
    return int(number), line


def _believed(time_ms: int, now_ms: int) -> int:
    """A time that cannot be is the time at which the line came."""
    return time_ms if now_ms - OLDEST_MS < time_ms <= now_ms else now_ms


def note(made: str, number: int, now_ms: int, words: str) -> Carried:
    """A line of ours among those of the app: `number` is that of the line before it, or of the last that is missing.

    The words may cite what a node said: of that no more than is read, and nothing that would end the line."""
    cited = "".join(letter if letter.isprintable() else " " for letter in words[:_LONGEST_WORDS])
    return Carried(made, number, now_ms, Level.WARNING, f"[{cited}]".encode())
