"""The time that somebody means by a time or an age."""

from datetime import datetime

from nacre.core.errors import InvalidInput
from nacre.core.moments import AtTime, parse_moment


def time_of(text: str, now: datetime) -> datetime:
    """Raises InvalidInput "bad-moment"."""
    moment = parse_moment(text, now)
    if not isinstance(moment, AtTime):
        raise InvalidInput("bad-moment", f"“{text}” is no time.", hint="Write a time, or an age such as 90m or 24h.")
    return moment.time
