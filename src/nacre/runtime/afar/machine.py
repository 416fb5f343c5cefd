"""How busy a machine that runs apps is, as it tells the control plane."""

from math import isnan
from pathlib import Path

from nacre.engines.host import readings
from nacre.runtime.afar.messages import MachineReport


def measured(home: Path) -> MachineReport:
    """`home` is on the file system that is told of. Takes half a millisecond."""
    processors, memory = readings.processors(), readings.memory()
    disk, pressure = readings.disk(home), readings.pressure()
    return MachineReport(
        processors=processors.count,
        busy_s=processors.busy_s,
        load1=processors.load1,
        memory_total=memory.total,
        memory_available=memory.available,
        swap_used=memory.swap_used,
        disk_total=disk.total,
        disk_free=disk.free,
        cpu_pressure_percent=_known(pressure.cpu_some),
        memory_pressure_percent=_known(pressure.memory_some),
        io_pressure_percent=_known(pressure.io_some),
    )


def _known(number: float) -> float | None:
    return None if isnan(number) else number
