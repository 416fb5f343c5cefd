"""When a line was written and how grave it is, as far as it tells by itself: JSON, Postgres, ISO times, journals."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from nacre.engines.logs.line import Level

T = TypeVar("T")
OLDEST_MS = 30 * 86_400_000
"""A line that says that it is older is not believed."""
_AHEAD_MS = 3_600_000
_LARGEST_JSON = 16 << 10
_HEAD = 160

_ISO = re.compile(
    rb"[\[(]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d)(?![A-Za-z0-9]))?"
)
_JOURNAL = re.compile(rb"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")
_COMMON = re.compile(rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
_WORDS = {
    **dict.fromkeys(
        ("trace", "debug", "debug1", "debug2", "debug3", "debug4", "debug5", "verbose", "detail"), Level.DEBUG
    ),
    **dict.fromkeys(("info", "information", "notice", "log", "statement", "hint"), Level.INFO),
    **dict.fromkeys(("warn", "warning"), Level.WARNING),
    **dict.fromkeys(("error", "err", "severe", "exception"), Level.ERROR),
    **dict.fromkeys(("fatal", "critical", "crit", "panic", "emerg", "emergency", "alert"), Level.FATAL),
}
_UPPER = "|".join(sorted((word.upper() for word in _WORDS), key=len, reverse=True))
_LEVEL = re.compile(
    rb"(?<![A-Za-z0-9_])(?:(" + _UPPER.encode() + rb")(?![A-Za-z0-9_])|\[(" + _UPPER.encode() + rb")\s*\]"
    rb"|level=\"?((?i:" + _UPPER.encode() + rb"))\b|((?i:error|warning|warn|fatal|info|debug)):\s)"
)
_BRACKETED = re.compile(rb"\[((?i:" + _UPPER.encode() + rb"))\s*\]")
_ADDED = re.compile(rb" (?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION):  ")
_TRACEBACK = b"Traceback (most recent call last):"
_CHAINED = (b"During handling of the above", b"The above exception was")
_THROWN = re.compile(rb"(?:[\w.]+\.)?\w*(?:Error|Exception)\b")
# Of the gateway (gateway/accesslog.py), whole. It has one for each request, and to read it as JSON takes longer; one
# with a brace in its address is read as JSON all the same.
_REQUEST = re.compile(
    rb'\{"ts":(\d+(?:\.\d+)?),"request":\{[^{}]*\},"duration":[0-9.e+-]+,"size":\d+,"status":(\d{3})'
    rb'(?:,"uuid":"[^"\\]*")?(?:,"began":[0-9.e+nul-]+)?(?:,"app":"[a-z0-9-]*")?\}'
)
_JSON_TIMES = ("time", "timestamp", "ts", "@timestamp", "asctime", "t")
_JSON_LEVELS = ("level", "severity", "lvl", "levelname", "log.level")


class Stamp(NamedTuple):
    """`time_ms` since 1970."""

    time_ms: int
    level: Level


class Stamper:
    """Of one source: what belongs to the line before, such as the lines of a stack trace, has its time and level."""

    def __init__(self) -> None:
        self._last = Stamp(0, Level.UNKNOWN)
        self._line = b""

    def stamp(self, line: bytes, now_ms: int) -> Stamp:
        """`now_ms` is when it was read, which is its time where it tells none, or one that cannot be."""
        before, self._line = self._line, line
        if line.startswith(b"{"):  # which belongs to no other, and of which there are most
            time_ms, level = _of_json(line)
        elif self._last.time_ms and belongs(line, before, self._last.level):
            return self._last
        else:
            time_ms, level = _of_text(line)
        believed = time_ms is not None and now_ms - OLDEST_MS < time_ms < now_ms + _AHEAD_MS
        self._last = Stamp(time_ms if believed and time_ms is not None else now_ms, level or Level.UNKNOWN)
        return self._last


def belongs(line: bytes, before: bytes, level: Level) -> bool:
    """Whether it is a part of what the line before it says, which is of that level: of its stack trace, say."""
    if continues(line):
        return True
    if line.startswith(_TRACEBACK):
        return level >= Level.ERROR or before.startswith(_CHAINED)
    return continues(before) and _THROWN.match(line) is not None


def continues(line: bytes) -> bool:
    """Whether it belongs to the line before it: indented, what Postgres adds to a message, the end of a brace."""
    first = line[:1]
    if first in (b" ", b"\t") or (first in (b"}", b")", b"]") and len(line) < 4):
        return True
    return line.startswith(b"Caused by:") or (first == b"2" and _ADDED.search(line, 0, _HEAD) is not None)


def _of_text(line: bytes) -> tuple[int | None, Level | None]:
    head = line[:_HEAD]
    iso = _ISO.match(head)
    if iso:
        rest = head[iso.end() :]
        return _iso_ms(iso), _level_in(rest)
    if common := _COMMON.search(head):
        return _spelt_ms(common[1], "%d/%b/%Y:%H:%M:%S %z"), _level_in(head)
    if journal := _JOURNAL.match(head):
        return _journal_ms(journal[1], datetime.now(UTC).year), _level_in(head[journal.end() :])
    if iso := _ISO.search(head):
        return _iso_ms(iso), _level_in(head)
    return None, _level_in(head)


def _level_in(head: bytes) -> Level | None:
    if found := _BRACKETED.search(head) or _LEVEL.search(head):
        word = next(group for group in found.groups() if group)
        return _WORDS[word.decode().lower()]
    return Level.ERROR if _THROWN.match(head) or head.startswith((_TRACEBACK, b"panic:", b"goroutine ")) else None


def _of_json(line: bytes) -> tuple[int | None, Level | None]:
    if len(line) > _LARGEST_JSON:
        return _of_text(line)
    if request := _REQUEST.fullmatch(line):
        return _any_time_ms(float(request[1])), _of_answer(int(request[2]))
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return _of_text(line)
    if not isinstance(document, dict):
        return None, None
    level = _first(document, _JSON_LEVELS, _any_level) or _of_answer(document.get("status"))
    return _first(document, _JSON_TIMES, _any_time_ms), level


def _first(document: dict[str, Any], names: tuple[str, ...], read: Callable[[Any], T | None]) -> T | None:
    for name in names:
        if name in document and (found := read(document[name])) is not None:
            return found
    return None


def _any_time_ms(value: object) -> int | None:
    """A time as text, or since 1970 in s, ms, µs or ns."""
    if isinstance(value, str):
        iso = _ISO.match(value.encode(errors="replace"))
        return _iso_ms(iso) if iso else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e20:
        for unit_ms in (1e3, 1.0, 1e-3, 1e-6):
            if 1e12 <= value * unit_ms < 1e13:
                return int(value * unit_ms)
    return None


def _any_level(value: object) -> Level | None:
    if isinstance(value, str):
        return _WORDS.get(value.lower())
    if isinstance(value, int) and not isinstance(value, bool) and 10 <= value <= 60:  # as bunyan and pino count
        return Level(max(Level.DEBUG, value // 10 - 1))
    return None


def _of_answer(status: object) -> Level | None:
    """Of a request's line, as the gateway writes them."""
    if isinstance(status, int) and 100 <= status < 600:
        return Level.ERROR if status >= 500 else Level.INFO
    return None


def _iso_ms(found: "re.Match[bytes]") -> int | None:
    day, time, fraction, zone = found.groups()
    whole = _second_ms(day, time, zone or b"Z")
    return None if whole is None else whole + int((fraction or b"0")[:3].ljust(3, b"0"))


@lru_cache(maxsize=1024)
def _second_ms(day: bytes, time: bytes, zone: bytes) -> int | None:
    offset = "+00:00" if zone in (b"Z", b"UTC", b"GMT") else zone.decode()
    try:
        return int(datetime.fromisoformat(f"{day.decode()}T{time.decode()}{offset}").timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _spelt_ms(text: bytes, form: str) -> int | None:
    try:
        return int(datetime.strptime(text.decode(), form).timestamp() * 1000)  # noqa: DTZ007  (the form has a zone)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _journal_ms(text: bytes, year: int) -> int | None:
    return _spelt_ms(f"{year} ".encode() + text + b" +0000", "%Y %b %d %H:%M:%S %z")
