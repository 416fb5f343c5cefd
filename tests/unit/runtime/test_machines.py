"""How busy a machine is, from what it said twice; and what of it is told."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nacre.runtime.afar.machines import Machines
from nacre.runtime.afar.messages import MachineReport
from nacre.runtime.deployed import LOCAL


def said(busy_s: float, processors: int = 2) -> MachineReport:
    return MachineReport(
        processors=processors, busy_s=busy_s, load1=0.5, memory_total=8_000, memory_available=3_000, swap_used=0,
        disk_total=90_000, disk_free=40_000, cpu_pressure_percent=None, memory_pressure_percent=None,
        io_pressure_percent=None,
    )  # fmt: skip


def busy(*heard: tuple[float, float]) -> list[float | None]:
    """After each report: how busy it is, going by (when, processor seconds so far)."""
    machines, found = Machines(Path("/")), []
    for at_s, busy_s in heard:
        machines.hear("shelf", at_s, said(busy_s))
        known = machines.last("shelf")
        assert known is not None
        found.append(known.cpu_percent)
    return found


def test_how_busy_it_is_is_known_from_the_second_report_on() -> None:
    assert busy((100, 50), (103, 53), (106, 59)) == [None, 50, 100]


def test_reports_that_come_close_together_tell_nothing_new() -> None:
    assert busy((100, 50), (103, 53), (103.01, 53.05), (106, 53)) == [None, 50, 50, 0]


def test_a_machine_that_was_started_anew_begins_anew() -> None:
    assert busy((1_000, 500), (3, 1), (6, 4)) == [None, None, 50]
    assert busy((1_000, 500), (1_003, 1)) == [None, None]


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), max_size=20))
def test_it_is_never_busier_than_it_can_be(heard: list[tuple[float, float]]) -> None:
    assert all(percent is None or 0 <= percent <= 100 for percent in busy(*heard))


def test_this_machine_is_looked_at_and_nothing_is_told_of_one_that_said_nothing(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    machines.look()
    here = machines.last(LOCAL)
    assert here is not None and here.processors >= 1
    assert 0 < here.memory_available_bytes < here.memory_total_bytes
    assert 0 < here.disk_free_bytes <= here.disk_total_bytes
    assert machines.last("shelf") is None
