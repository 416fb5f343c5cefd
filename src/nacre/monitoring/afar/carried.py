"""A line on its way from a node, in the form in which it travels and lies here until it is on its shelf."""

from typing import NamedTuple

from nacre.engines.logs.line import Entry, Level

LONGEST_TEXT = (64 << 10) + 256
"""A line as a node keeps it (logs/lines.py), with what is said of how much of it was left out."""
LONGEST_CARRIED = LONGEST_TEXT + 128
_LAST_MS = 253_402_300_800_000
"""The end of the year 9999, after which there are no times."""


class Carried(NamedTuple):
    """`made` names the log as that node began it, and `number` the line within it: both together are its place."""

    made: str
    number: int
    time_ms: int
    level: Level
    text: bytes

    def written(self) -> bytes:
        return b"%s %d %d %d %s\n" % (self.made.encode(), self.number, self.time_ms, self.level, self.text)


def carried(line: bytes) -> Carried | None:
    """A line as it was written; None where it is none."""
    try:
        made, number, time_ms, level, text = line.split(b" ", 4)
        return Carried(made.decode("ascii"), int(number), int(time_ms), Level(int(level)), text)
    except ValueError:
        return None


def entry(line: bytes, now_ms: int) -> Entry:
    """What goes on the shelf; one that is damaged is kept as it is, one of a time that there is not is of now."""
    one = carried(line)
    if one is None:
        return Entry(now_ms, Level.UNKNOWN, line)
    return Entry(one.time_ms if 0 <= one.time_ms < _LAST_MS else now_ms, one.level, one.text)
