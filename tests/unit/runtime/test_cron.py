"""When a line of cron was due last, against looking at every minute."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nacre.core.projectfile.schedule import Schedule
from nacre.runtime.cron import latest

_SCHEDULES = ("* * * * *", "*/7 * * * *", "5 4 * * *", "0 0 1 * *", "30 12 * * mon", "@hourly", "59 23 31 12 *")
_START = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.sampled_from(_SCHEDULES), st.integers(0, 6 * 1440), st.integers(0, 6 * 86400))
def test_the_latest_is_found_as_by_looking_at_every_minute(text, since_min, later_s):
    schedule, since = Schedule.parse(text), _START + timedelta(minutes=since_min, seconds=17)
    now = since + timedelta(seconds=later_s)
    minutes = (since.replace(second=0) + timedelta(minutes=n) for n in range(1, later_s // 60 + 2))
    due = [minute for minute in minutes if minute <= now and schedule.due(minute)]
    assert latest(schedule, since, now) == (due[-1] if due else None)
