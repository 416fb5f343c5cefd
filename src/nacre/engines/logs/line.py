"""A line of a log, and where in its source reading has got to."""

from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """How grave it is; UNKNOWN where the line does not say, which is below all that is asked for by level."""

    UNKNOWN = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    FATAL = 5


LEVELS = len(Level)


class Entry(NamedTuple):
    """A line to keep: any bytes, without its line end. `time_ms` is since 1970 (UTC), and may go backwards."""

    time_ms: int
    level: Level
    text: bytes


class Line(NamedTuple):
    """A line that is kept. `number` counts up within its shelf for ever, from 1 on."""

    number: int
    time_ms: int
    level: Level
    text: bytes


class Place(NamedTuple):
    """How far a source has been read: `offset` bytes of the file `inode`."""

    inode: int
    offset: int


class Missing(NamedTuple):
    """Lines from `first` on and before `end` that were kept and cannot be read any more, with why."""

    first: int
    end: int
    reason: str
