"""Schedules of five fields, as crontab(5) reads them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.projectfile.schedule import Schedule

MOMENT = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("* * * * *", datetime(2026, 3, 1, 12, 8, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 3, 1, 12, 15, tzinfo=UTC)),
        ("7 12 * * *", datetime(2026, 3, 2, 12, 7, tzinfo=UTC)),
        ("@daily", datetime(2026, 3, 2, tzinfo=UTC)),
        ("0 9 * * mon-fri", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        ("0 0 * * 7", datetime(2026, 3, 8, tzinfo=UTC)),
        ("0 0 15 * mon", datetime(2026, 3, 2, tzinfo=UTC)),  # both restricted: either is enough
        ("0 0 29 feb *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("5/20 3,1 * * *", datetime(2026, 3, 2, 1, 5, tzinfo=UTC)),
    ],
)
def test_the_next_time_is_found(text: str, after: datetime):
    assert Schedule.parse(text).next_after(MOMENT) == after


fields = st.tuples(*(
    st.one_of(st.just("*"), st.integers(low, high).map(str), st.integers(1, 30).map("*/{}".format))
    for low, high in ((0, 59), (0, 23), (1, 28), (1, 12), (0, 7))
)).map(" ".join)  # fmt: skip


moments = st.integers(946_684_800, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(fields, moments)
def test_the_next_time_is_due_and_nothing_just_before_it(text: str, moment: datetime):
    schedule = Schedule.parse(text)
    after = schedule.next_after(moment)
    assert after is not None and after > moment
    assert schedule.due(after)
    minute = moment.replace(second=0, microsecond=0)
    between = (minute + timedelta(minutes=step) for step in range(1, 120))
    assert not any(schedule.due(one) for one in between if one < after)
