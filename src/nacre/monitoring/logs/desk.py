"""Logs as people ask for them: which there are, lines that meet a query, what is around one, counts, and what comes."""

import base64
import binascii
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nacre.core.errors import InvalidInput, NotFound, Unavailable
from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.core.progress import by_now, say, unheard
from nacre.engines.logs.asking import asked
from nacre.engines.logs.line import Level, Line
from nacre.engines.logs.query import Query, QueryRefused
from nacre.engines.logs.search import ends
from nacre.monitoring.afar.late import Late
from nacre.monitoring.logs.answers import (
    LevelName,
    LogBucket,
    LogContext,
    LogCounts,
    LogFollowed,
    LogLine,
    LogPage,
    LogsLate,
    LogSource,
)
from nacre.monitoring.logs.events import events
from nacre.monitoring.logs.several import around_in, count_several, follow_several, search_several
from nacre.monitoring.logs.shelves import Shelves
from nacre.monitoring.logs.source import Source
from nacre.monitoring.logs.turns import Turns
from nacre.monitoring.places import Places

_FOLLOW_EVERY_S = 0.5
_RIGHTS_EVERY_S = 1.0
_MOST_FOLLOWING = 24
"""At once: each holds one of the threads that all operations share (surfaces/http/running.py)."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_CURSOR = 4 << 20
_LEVELS: tuple[LevelName, ...] = ("unknown", "debug", "info", "warning", "error", "fatal")


@dataclass(frozen=True)
class Question:
    """What lines are asked for; see Shelves.meant for `of` and `sources`, and engines/logs/asking.py for `text`."""

    of: str | None
    sources: list[str]
    text: str
    least: LevelName
    since: datetime | None
    until: datetime | None

    @property
    def query(self) -> Query:
        """Raises InvalidInput "bad-query"."""
        try:
            return Query(asked(self.text), Level[self.least.upper()], *map(_ms_or_none, (self.since, self.until)))
        except QueryRefused as error:
            raise InvalidInput(
                "bad-query", str(error), hint="docs/how-to/search-logs.md has what can be asked."
            ) from None


class LogDesk:
    """Called from worker threads."""

    def __init__(self, shelves: Shelves, late: Callable[[], Mapping[str, Late]], turns: Turns | None = None) -> None:
        """`late` tells of the nodes of whose logs lines are missing."""
        self._shelves = shelves
        self._late = late
        self._following = Places(_MOST_FOLLOWING)
        self._turns = turns or Turns()

    def all(self, who: Principal, of: str | None) -> list[LogSource]:
        """Raises NotFound "log-not-found"."""
        live, meant = self._shelves.live(), self._shelves.meant(who, of, [])
        return [_shown(source, self._shelves.size_bytes(key), key in live) for key, source in meant.items()]

    def search(self, who: Principal, question: Question, most: int, before: str | None) -> LogPage:
        """Raises NotFound "log-not-found", InvalidInput "bad-query", "bad-cursor", Unavailable "too-many-searches"."""
        query, meant = question.query, self._shelves.meant(who, question.of, question.sources)
        left = _read_cursor(before)
        with self._turns.one(who), self._shelves.parts(meant, query) as several:
            found = search_several(several, left, most)
            shown = events(found.hits, {key: one for part in several for key, one in part.readers.items()})
        lines = [_line(meant[key], event.first, event.rest) for key, event in shown]
        missing = sum(one.end - one.first for _, one in found.missing)
        cursor = None if found.finished else _cursor({**left, **found.reached})
        complete, late = found.finished or len(found.hits) >= most, self._late_of(meant)
        return LogPage(lines=lines, cursor=cursor, complete=complete, missing=missing, late=late)

    def around(self, who: Principal, key: str, number: int, before: int, after: int) -> LogContext:
        """Raises NotFound "log-not-found", "line-not-found", Unavailable "too-many-searches"."""
        source = self._shelves.one(who, key)
        with self._turns.one(who), self._shelves.parts({key: source}, Query()) as (part,):
            lines = around_in(part, key, number, before, after)
        if not any(line.number == number for line in lines):
            raise NotFound(
                "line-not-found", f"The log of {source.name} has no line {number}.", hint="It may be too old by now."
            )
        return LogContext(source=key, name=source.name, number=number, lines=[_line(source, line) for line in lines])

    def counts(self, who: Principal, question: Question, since: datetime, until: datetime, most: int) -> LogCounts:
        """Raises NotFound "log-not-found", InvalidInput "bad-query", Unavailable "too-many-searches"."""
        query, meant = question.query, self._shelves.meant(who, question.of, question.sources)
        since = max(since, _EARLIEST)  # steps begin before it, and no year does before the first
        with self._turns.one(who), self._shelves.parts(meant, query) as several:
            found = count_several(several, _ms(since), _ms(until), most)
        buckets = [
            LogBucket(time=_moment(found.start_ms + at * found.step_ms), **dict(zip(_LEVELS, of_level, strict=True)))
            for at, of_level in enumerate(found.buckets)
        ]
        complete = found.whole_from_ms is None
        return LogCounts(since=since, until=until, step_ms=found.step_ms, buckets=buckets, complete=complete)

    def follow(self, who: Principal, question: Question, last: int | None) -> LogFollowed:
        """Pass on the `last` lines and what comes (progress.say), a JSON document each, until nobody listens.

        Without `last` all lines of the time asked for come first; what comes later does whatever time it tells.

        Whose logs these are is asked anew every few seconds. Raises Unavailable "too-many-follow", NotSignedIn
        "let-in-no-more", NotFound "log-not-found".
        """
        full = Unavailable(
            "too-many-follow",
            f"{_MOST_FOLLOWING} follow logs already, or half as many for you: more would hold up everything else.",
            hint="Close a page or a command that follows logs, or search for the latest lines again and again.",
        )
        with self._following.one(who, full):
            return self._follow(who, question, last)

    def _late_of(self, meant: Mapping[str, Source]) -> list[LogsLate]:
        late, nodes = self._late(), {source.node for source in meant.values() if source.node}
        if late.keys().isdisjoint(nodes):
            return []
        live = self._shelves.live()
        nodes = {source.node for key, source in meant.items() if key in live}
        return [
            LogsLate(node=node, since=one.since, why=one.why) for node, one in sorted(late.items()) if node in nodes
        ]

    def _follow(self, who: Principal, question: Question, last: int | None) -> LogFollowed:
        query, passed, reached = question.query, 0, dict[str, int]()
        meant = self._shelves.meant(who, question.of, question.sources)
        if last is not None:
            with self._turns.one(who), self._shelves.parts(meant, query) as several:
                reached = {key: number for part in several for key, number in ends(part.readers).items()}
                hits = search_several(several, {}, last).hits if last else ()
                # What was added since `ends` comes again below, and not here.
                hits = [hit for hit in reversed(hits) if hit.line.number < reached[hit.shelf]]
            passed += _say([_line(meant[hit.shelf], hit.line) for hit in hits])
            query = replace(query, since_ms=None)
        asked_s = time.monotonic()
        while not unheard():
            if time.monotonic() - asked_s >= _RIGHTS_EVERY_S:
                who, asked_s = by_now(who), time.monotonic()
            meant = self._shelves.meant(who, question.of, question.sources)
            # What comes is little to read; what was there since a time may be all that there is.
            turn = nullcontext() if query.since_ms is None else self._turns.one(who)
            with turn, self._shelves.parts(meant, query) as several:
                found = follow_several(several, reached)
            reached = {**reached, **found.reached}
            passed += _say([_line(meant[hit.shelf], hit.line) for hit in found.hits])
            if found.finished:
                query = replace(query, since_ms=None)
                time.sleep(_FOLLOW_EVERY_S)
        return LogFollowed(lines=passed)


def _say(lines: list[LogLine]) -> int:
    if lines:
        say("".join(f"{line.model_dump_json()}\n" for line in lines).encode())
    return len(lines)


def _shown(source: Source, size_bytes: int, live: bool) -> LogSource:
    return LogSource(
        key=source.key,
        name=source.name,
        kind=source.kind,
        project=source.project or None,
        ref=str(Ref(source.project, source.branch)) if source.project and source.branch else None,
        app=source.app or None,
        release=source.release or None,
        person=source.person or None,
        process=source.process or None,
        node=source.node or None,
        size_bytes=size_bytes,
        live=live,
    )


def _line(source: Source, line: Line, rest: Sequence[Line] = ()) -> LogLine:
    return LogLine(
        source=source.key,
        name=source.name,
        number=line.number,
        time=_moment(line.time_ms),
        level=_LEVELS[line.level],
        text=line.text.decode(errors="backslashreplace"),
        rest=[each.text.decode(errors="backslashreplace") for each in rest],
    )


def _cursor(reached: Mapping[str, int]) -> str:
    packed = zlib.compress(json.dumps(reached, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> dict[str, int]:
    """Raises InvalidInput "bad-cursor"."""
    if cursor is None:
        return {}
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        read = json.loads(zlib.decompressobj().decompress(packed, _LARGEST_CURSOR))
        return {str(key): int(number) for key, number in read.items()}
    except (binascii.Error, zlib.error, ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        raise InvalidInput(
            "bad-cursor", "This is no cursor of a page.", hint="Give the one that the page before answered with."
        ) from None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else _ms(moment)


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
