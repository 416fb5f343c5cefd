"""Formulas say what they say, and refuse whatever is no formula."""

from collections.abc import Sequence
from math import isnan

import pytest

from nacre.core.errors import InvalidInput
from nacre.monitoring.alerts.formula import formula
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.host import HOST

MINUTE_MS = 60_000


def value(text: str, **numbers: Sequence[float]) -> float:
    """With a number a minute."""
    kind = HOST if "disk" in text or "memory" in text else CLUSTER
    return formula(text, kind).value(
        lambda name: [(at * MINUTE_MS, number) for at, number in enumerate(numbers.get(name, []))]
    )


def test_numbers_are_put_together_as_in_arithmetic() -> None:
    assert value("connections / connections_most", connections=[1, 80], connections_most=[100, 100]) == 0.8
    assert value("1 - memory_available / memory_total", memory_available=[25], memory_total=[100]) == 0.75
    assert value("-(connections + 2) * 3", connections=[1]) == -9
    assert isnan(value("connections / connections_most", connections=[1]))


def test_a_rate_is_over_five_minutes_and_sees_through_a_new_start() -> None:
    assert value("rate(commits)", commits=[0, 60, 120, 180]) == 1
    assert value("rate(commits)", commits=[1000, 1060, 0, 60]) == pytest.approx(120 / 180)
    assert value("rate(commits)", commits=[0] * 60 + [600] * 5 + [600]) == 0
    assert isnan(value("rate(commits)", commits=[5]))


def test_a_forecast_goes_on_in_a_straight_line() -> None:
    falling = [1000.0 - minute for minute in range(60)]
    assert value("forecast(disk_free, 1h)", disk_free=falling) == pytest.approx(1000 - 59 - 60)
    assert isnan(value("forecast(disk_free, 1h)", disk_free=falling[:5]))


@pytest.mark.parametrize(
    ("text", "unit"),
    [("disk_free", "bytes"), ("disk_free / disk_total", "share"), ("1 - disk_free / disk_total", "share"),
     ("forecast(disk_free, 24h)", "bytes"), ("rate(disk_read)", "bytes per second"), ("rate(disk_busy)", "share"),
     ("-memory_stall_percent", "percent"), ("disk_free * 2", ""), ("disk_free + cpu_percent", ""), ("load1", ""),
     ("rate(disk_read) / (rate(disk_read) + 1000)", "share")],
)  # fmt: skip
def test_a_formula_tells_in_what_its_value_is_counted(text: str, unit: str) -> None:
    assert formula(text, HOST).unit == unit


@pytest.mark.parametrize(
    "text",
    ["", "nothing_of_the_kind", "__import__('os')", "connections.real", "connections[0]", "rate(1)", "rate(up, up)",
     "connections ** 9", "'a'", "True", "lambda: 1", "connections if up else 0", "forecast(up)", "((" * 200, "up;up",
     "connections / " * 200, "0x" + "f" * 290, f"forecast(connections, {'1d' * 120})"],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        formula(text, CLUSTER)
    assert refused.value.code == "bad-formula"
