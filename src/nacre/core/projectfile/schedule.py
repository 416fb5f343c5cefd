"""When an entry of `[cron]` is due: the five fields of crontab(5), in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_ALIASES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
_LOOK_AHEAD_DAYS = 366 * 41
"""29 February on one day of the week may be forty years away, around a year without it."""


@dataclass(frozen=True)
class Schedule:
    """What each field allows; `any_day` and `any_weekday` tell which of the two day fields began with a star."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read `*/5 * * * *` or an alias such as @daily. Raises ValueError that names the field, and when it is
        never due."""
        fields = _ALIASES.get(text.strip().lower(), text).split()
        if len(fields) != 5:
            raise ValueError("it must have five fields (minute, hour, day, month, weekday), or be one such as @daily")
        minutes, hours, days, months, weekdays = (
            _values(field.lower(), *kind) for field, kind in zip(fields, _FIELDS, strict=True)
        )
        schedule = cls(
            minutes, hours, days, months, frozenset(day % 7 for day in weekdays),
            any_day=fields[2].startswith("*"), any_weekday=fields[4].startswith("*"),
        )  # fmt: skip
        if schedule.next_after(datetime(2024, 1, 1)) is None:  # noqa: DTZ001 - any day does to ask
            raise ValueError("that day never comes")
        return schedule

    def due(self, moment: datetime) -> bool:
        """Whether it is due in the minute of this moment, which is in UTC."""
        return moment.minute in self.minutes and moment.hour in self.hours and self._on(moment)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first minute after this one in which it is due; None when there is none for forty years."""
        after = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for _ in range(_LOOK_AHEAD_DAYS):
            if self._on(after):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        if (hour, minute) >= (after.hour, after.minute):
                            return after.replace(hour=hour, minute=minute)
            after = (after + timedelta(days=1)).replace(hour=0, minute=0)
        return None

    def _on(self, day: datetime) -> bool:
        """crontab(5): where both day fields are restricted, either is enough."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month and in_week if self.any_day or self.any_weekday else in_month or in_week


def _values(field: str, what: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    """`1-5,10,*/15` as numbers."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, what, low, high, names)
            end = _number(last, what, low, high, names) if last else high if step else start
        if start > end:
            raise ValueError(f"the {what} “{part}” begins after its end")
        found.update(range(start, end + 1, _step(step, what) if "/" in part else 1))
    return frozenset(found)


def _number(text: str, what: str, low: int, high: int, names: dict[str, int]) -> int:
    number = names.get(text, int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1)
    if not low <= number <= high:
        raise ValueError(f"“{text}” is no {what}: {low} to {high}, a range as 1-5, a list as 1,3, or * and */5")
    return number


def _step(text: str, what: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:5]) <= 1000:
        return int(text[:5])
    raise ValueError(f"“{text}” is no step of a {what}, such as */5")
