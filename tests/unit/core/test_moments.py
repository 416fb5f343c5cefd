"""How moments are read: every way to write one, and a precise refusal of everything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.clock import from_ns, to_ns
from nacre.core.errors import InvalidInput
from nacre.core.moments import AtEntry, AtTime, parse_moment

NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)
Refused = Callable[..., None]

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(
    lambda days, microseconds, offset: (
        datetime.fromtimestamp(0, UTC) + timedelta(days=days, microseconds=microseconds)
    ).astimezone(offset),
    st.integers(1, 80_000),
    st.integers(0, 86_400_000_000 - 1),
    offsets,
)


@given(times)
def test_every_printed_rfc_3339_time_parses_back_to_the_same_instant(time: datetime) -> None:
    moment = parse_moment(time.isoformat(), NOW)
    assert moment == AtTime(time)
    assert isinstance(moment, AtTime)
    assert moment.time.tzinfo is UTC


@given(times)
def test_rfc_3339_times_parse_in_lower_case_and_with_z_too(time: datetime) -> None:
    printed = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert parse_moment(printed, NOW) == AtTime(time)
    assert parse_moment(printed.lower(), NOW) == AtTime(time)


def test_a_time_without_an_offset_is_utc_and_may_have_a_space_in_it() -> None:
    assert parse_moment("2026-01-31 10:41:59.5", NOW) == AtTime(NOW - timedelta(seconds=0.5))


def test_nanoseconds_are_cut_to_the_microsecond_before() -> None:
    assert parse_moment("2026-01-31T10:42:00.000001999Z", NOW) == AtTime(NOW + timedelta(microseconds=1))


@given(
    st.integers(0, 700_000),
    st.sampled_from([("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]),
    st.sampled_from(["", " "]),
    st.sampled_from(["", " ago"]),
)
def test_an_age_counts_back_from_now(number: int, unit: tuple[str, float], space: str, ago: str) -> None:
    moment = parse_moment(f"{number}{space}{unit[0]}{ago}", NOW)
    assert moment == AtTime(NOW - timedelta(seconds=1) * number * unit[1])


def test_now_is_a_moment() -> None:
    assert parse_moment(" now ", NOW) == AtTime(NOW)


@given(st.integers(0, 10**12 - 1), st.sampled_from(["", "#"]), st.sampled_from(["", "before "]))
def test_an_entry_is_named_by_its_number(number: int, hash_: str, before: str) -> None:
    assert parse_moment(f"{before}{hash_}{number}", NOW) == AtEntry(number=number, before=bool(before))


@pytest.mark.parametrize("label", ["loaded the data", "v1.2", "上线", "beforehand", "10 monkeys", "1e5s"])
def test_anything_else_is_a_label(label: str) -> None:
    assert parse_moment(label, NOW) == AtEntry(label=label)
    assert parse_moment(f"before {label}", NOW) == AtEntry(label=f"before {label}")


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "   ",
        "-5m",
        "--at",
        "before -1",
        "#",
        "#x",
        "#-1",
        "two\nlines",
        "2026-02-30T00:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T10:42:61Z",
        "2026-01-31 and so on",
        "0001-01-01T00:00:00+14:00",
        "999999999d",
    ],
)
def test_nonsense_is_refused(nonsense: str, refused_with: Refused) -> None:
    refused_with("bad-moment", parse_moment, nonsense, NOW)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused_with_a_way_out(text: str) -> None:
    try:
        parse_moment(text, NOW)
    except InvalidInput as error:
        assert error.code == "bad-moment"
        assert "#12" in error.hint


@given(times)
def test_nanoseconds_and_datetimes_convert_without_loss(time: datetime) -> None:
    assert from_ns(to_ns(time)) == time
    assert to_ns(from_ns(to_ns(time) + 999)) == to_ns(time)
