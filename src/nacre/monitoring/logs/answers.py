"""What is answered about logs."""

from datetime import datetime
from typing import Literal

from nacre.core.operations import Answer
from nacre.monitoring.logs.source import Kind

LevelName = Literal["unknown", "debug", "info", "warning", "error", "fatal"]


class LogSource(Answer):
    """A log. `key` names it for good, `name` is what people call it; several instances of an app share one name.

    `node` is another machine that it comes from. `live`: it is still followed. What is gone, such as a deleted branch,
    is kept for some days.
    """

    key: str
    name: str
    kind: Kind
    project: str | None
    ref: str | None
    app: str | None
    release: int | None
    person: str | None
    process: str | None
    node: str | None
    size_bytes: int
    live: bool


class LogLine(Answer):
    """`source` is a key; `number` counts up within it for ever. `level` is unknown where the line does not tell.

    A search shows what a line belongs to: `text` is the first line then, of that number, and `rest` are those after it,
    as of a stack trace.
    """

    source: str
    name: str
    number: int
    time: datetime
    level: LevelName
    text: str
    rest: list[str]


class LogsLate(Answer):
    """Lines of a node since then are not here, and why. They follow once it is heard of again."""

    node: str
    since: datetime
    why: str


class LogPage(Answer):
    """The newest first. `cursor`, given as `before`, is for the next page; None when there is no more.

    `complete` is false when time was up before all was looked at: the next page goes on. `missing` are so many lines
    that cannot be read any more; `late` are nodes of which lines are missing that are still to come.
    """

    lines: list[LogLine]
    cursor: str | None
    complete: bool
    missing: int
    late: list[LogsLate]


class LogContext(Answer):
    """The line of this number among its neighbours, the oldest first."""

    source: str
    name: str
    number: int
    lines: list[LogLine]


class LogBucket(Answer):
    """So many lines of each level from `time` on, for as long as a step."""

    time: datetime
    unknown: int
    debug: int
    info: int
    warning: int
    error: int
    fatal: int


class LogCounts(Answer):
    """`complete` is false when time was up before all was counted."""

    since: datetime
    until: datetime
    step_ms: int
    buckets: list[LogBucket]
    complete: bool


class LogFollowed(Answer):
    """So many lines were passed on."""

    lines: int
