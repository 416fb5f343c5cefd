"""The verbs of logs: which there are, the lines that meet a query, what is around one, counts, and what comes."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.clock import system_clock
from nacre.core.errors import InvalidInput
from nacre.core.moments import AtTime, parse_moment
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.engines.logs.asking import MOST_CHARACTERS
from nacre.monitoring.logs.answers import LevelName, LogContext, LogCounts, LogFollowed, LogPage, LogSource
from nacre.monitoring.logs.desk import LogDesk, Question

_LATEST = 20
What = Annotated[
    str | None,
    Cli(positional=True),
    Field(max_length=200, description="A branch, an app, or a part of Nacre such as gateway; all that you may see."),
]


class ListLogs(Call):
    of: What = None


class LogSourceList(RootModel[list[LogSource]]):
    pass


class Asked(Call):
    """What is looked for, in which logs."""

    of: What = None
    source: Annotated[
        list[str], Field(max_length=200, description="Only these, by key or name.", examples=[["daemon"]])
    ] = Field(default=[])
    query: Annotated[
        str,
        Cli(short="-q"),
        Field(
            max_length=MOST_CHARACTERS,
            description="Words, “phrases”, -without, field=value, *part*, /expression/: lines with all of them.",
        ),
    ] = ""
    level: Annotated[LevelName, Field(description="Only lines as grave as this, or graver.")] = "unknown"


class Search(Asked):
    since: Annotated[str | None, Field(description="From when on: a time, or an age such as 1h.")] = None
    until: Annotated[str | None, Field(description="Until when.")] = None
    limit: Annotated[int, Cli(short="-n"), Field(ge=1, le=1000, description="How many lines, the newest first.")] = 200
    before: Annotated[str | None, Field(max_length=100_000, description="The cursor of the page before.")] = None


class Around(Call):
    source: Annotated[str, Cli(positional=True), Field(description="The key of a log.", examples=["nacre.daemon"])]
    number: Annotated[int, Cli(positional=True), Field(ge=1, le=2**53, description="The number of a line in it.")]
    before: Annotated[int, Cli(short="-B"), Field(ge=0, le=500, description="How many lines before it.")] = 20
    after: Annotated[int, Cli(short="-A"), Field(ge=0, le=500, description="How many lines after it.")] = 20


class Count(Asked):
    since: Annotated[str, Field(description="From when on: a time, or an age such as 1h.")] = "24h"
    until: Annotated[str, Field(description="Until when.")] = "now"
    buckets: Annotated[int, Field(ge=1, le=500, description="Into how many steps of time at most.")] = 120


class Follow(Asked):
    since: Annotated[
        str | None, Field(description="From when on what is there comes first: a time, or an age such as 1h.")
    ] = None
    lines: Annotated[
        int | None,
        Cli(short="-n"),
        Field(ge=0, le=1000, description="How many of the latest come first: 20, or with since all of them."),
    ] = None


@operation(
    "log.list",
    "GET /api/log/sources",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="monitoring logs list",
    scoped_by_handler=True,
)
def list_logs(desk: LogDesk, who: Principal, call: ListLogs) -> LogSourceList:
    """List the logs that you may see: those of your branches, apps and workspaces; Nacre's own are for admins."""
    return LogSourceList(desk.all(who, call.of))


@operation(
    "log.search",
    "GET /api/log/lines",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="monitoring logs search",
    scoped_by_handler=True,
)
def search_logs(desk: LogDesk, who: Principal, call: Search) -> LogPage:
    """Find the lines that meet a query, the newest first.

    A query is words that are all in the line, whatever their case: `timeout`, `"connection reset"`, `-health` (not in
    it), `status=500` (a field of JSON, or name=value), `*part*` (within words too), `/time(d )?out/` (an expression).
    """
    now = system_clock()
    return desk.search(who, _question(call, _time(call.since, now), _time(call.until, now)), call.limit, call.before)


@operation(
    "log.around",
    "GET /api/log/around",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="monitoring logs around",
    scoped_by_handler=True,
)
def show_around(desk: LogDesk, who: Principal, call: Around) -> LogContext:
    """Show a line of a log among its neighbours."""
    return desk.around(who, call.source, call.number, call.before, call.after)


@operation(
    "log.counts",
    "GET /api/log/counts",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="monitoring logs counts",
    scoped_by_handler=True,
)
def count_lines(desk: LogDesk, who: Principal, call: Count) -> LogCounts:
    """Count the lines that meet a query, by time and level."""
    now = system_clock()
    since, until = _time(call.since, now) or now, _time(call.until, now) or now
    return desk.counts(who, _question(call, since, until), since, until, call.buckets)


@operation(
    "log.follow",
    "GET /api/log/follow",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="monitoring logs follow",
    scoped_by_handler=True,
    speaks=True,
)
def follow_logs(desk: LogDesk, who: Principal, call: Follow) -> LogFollowed:
    """Show the latest lines that meet a query, or those since a time, and go on with those that come, until you stop.

    Over HTTP a follower asks for `text/event-stream`, and each `output` event has whole lines, a JSON document each, as
    `log search` has them.
    """
    since = _time(call.since, system_clock())
    last = _LATEST if call.lines is None and since is None else call.lines
    return desk.follow(who, _question(call, since, None), last)


def _question(call: Asked, since: datetime | None, until: datetime | None) -> Question:
    return Question(call.of, call.source, call.query, call.level, since, until)


def _time(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    moment = parse_moment(text, now)
    if not isinstance(moment, AtTime):
        raise InvalidInput("bad-moment", f"“{text}” is no time.", hint="Write a time, or an age such as 90m or 24h.")
    return moment.time
