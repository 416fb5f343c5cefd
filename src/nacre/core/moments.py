"""How a person writes a moment: a time, an age, a checkpoint, or “before” one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nacre.core.errors import InvalidInput

_AGE = re.compile(r"(\d{1,9})\s*(ms|s|m|h|d)( ago)?")
_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_NUMBER = re.compile(r"#?(\d{1,12})")
_LONGEST = 240
_LOOKS_LIKE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class AtTime:
    """The state as of `time` (UTC): everything committed by then, nothing committed later."""

    time: datetime


@dataclass(frozen=True)
class AtEntry:
    """The state a log entry recorded, named by its number or its label.

    `before`, which goes with a number only (“before lunch” is a label), means just before it happened.
    """

    number: int | None = None
    label: str | None = None
    before: bool = False


Moment = AtTime | AtEntry


def parse_moment(text: str, now: datetime) -> Moment:
    """Read a moment: RFC 3339 time, age (`90s`, `10m`, `2h`), `#12` or `12`, a label, `before #12`.

    A time without an offset is taken as UTC. Raises InvalidInput "bad-moment" when nothing fits.
    """
    words = text.strip()
    if not words or len(words) > _LONGEST:
        raise _unreadable(text)
    if words == "now":
        return AtTime(now)
    if age := _AGE.fullmatch(words):
        return AtTime(_before(now, int(age[1]) * _UNIT[age[2]], text))
    if _LOOKS_LIKE_TIME.match(words):
        return AtTime(_parse_time(words))
    before = words.startswith("before ")
    name = words.removeprefix("before ").strip()
    if not name or name.startswith("-") or "\n" in name:
        raise _unreadable(text)
    if number := _NUMBER.fullmatch(name):
        return AtEntry(number=int(number[1]), before=before)
    if name.startswith("#"):
        raise _unreadable(text)
    return AtEntry(label=words)


def _before(now: datetime, age: timedelta, text: str) -> datetime:
    try:
        return now - age
    except OverflowError:
        raise _unreadable(text) from None


def _parse_time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.upper())  # RFC 3339 allows “t” and “z”
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        "bad-moment",
        f"“{text if len(text) <= _LONGEST else text[:40] + '…'}” is not a moment.",
        hint="Write a time (2026-01-31T10:42:00Z), an age (90s, 2h), a checkpoint (#12 or its label) or “before #12”.",
    )
