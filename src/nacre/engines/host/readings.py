"""What the kernel says of the machine. All of it together takes half a millisecond, and none of it starts a process."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_MEMORY = Path("/proc/meminfo")
_PRESSURE = Path("/proc/pressure")
_HANDLES = Path("/proc/sys/fs/file-nr")


@dataclass(frozen=True)
class Processors:
    """Seconds since the machine was started, summed over its `count` processors (proc_stat(5))."""

    count: int
    busy_s: float
    waiting_for_disks_s: float
    stolen_s: float
    load1: float


@dataclass(frozen=True)
class Memory:
    """Bytes. `anonymous` is what programs hold of their own; `cached` the file system may take back at any time."""

    total: int
    available: int
    anonymous: int
    cached: int
    swap_total: int
    swap_used: int


@dataclass(frozen=True)
class Disk:
    """Of the file system that holds a path; bytes, and how many files there may be (0: as many as fit)."""

    total: int
    free: int
    files_total: int
    files_free: int


@dataclass(frozen=True)
class Traffic:
    """Since the machine was started. The network is without its loopback."""

    disk_read_bytes: int
    disk_written_bytes: int
    disk_busy_s: float
    received_bytes: int
    sent_bytes: int


@dataclass(frozen=True)
class Pressure:
    """The share of the last ten seconds, in percent, in which some task waited for it, or all did (PSI); not a number
    where the kernel does not tell."""

    cpu_some: float
    memory_some: float
    memory_full: float
    io_some: float
    io_full: float


def processors() -> Processors:
    times = psutil.cpu_times()
    idle = times.idle + times.iowait
    # The time of guests is part of user's already.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return Processors(
        count=os.cpu_count() or 1,
        busy_s=total - idle,
        waiting_for_disks_s=times.iowait,
        stolen_s=getattr(times, "steal", 0.0),
        load1=os.getloadavg()[0],
    )


def memory() -> Memory:
    said = {name: int(rest.split()[0]) * 1024 for name, _, rest in _lines(_MEMORY)}
    return Memory(
        total=said["MemTotal"],
        available=said.get("MemAvailable", said["MemFree"]),
        anonymous=said["AnonPages"],
        cached=said["Cached"] + said["Buffers"],
        swap_total=said["SwapTotal"],
        swap_used=said["SwapTotal"] - said["SwapFree"],
    )


def disk(path: Path) -> Disk:
    told = os.statvfs(path)
    return Disk(told.f_blocks * told.f_frsize, told.f_bavail * told.f_frsize, told.f_files, told.f_favail)


def traffic() -> Traffic:
    """Whole disks alone are counted: their partitions, and what lies upon them, would count again."""
    disks = psutil.disk_io_counters(perdisk=True) or {}
    whole = [disks[name] for name in disks.keys() & _whole_disks()]
    cards = [card for name, card in psutil.net_io_counters(pernic=True).items() if name != "lo"]
    return Traffic(
        disk_read_bytes=sum(one.read_bytes for one in whole),
        disk_written_bytes=sum(one.write_bytes for one in whole),
        disk_busy_s=sum(getattr(one, "busy_time", 0) for one in whole) / 1000,
        received_bytes=sum(card.bytes_recv for card in cards),
        sent_bytes=sum(card.bytes_sent for card in cards),
    )


def pressure() -> Pressure:
    unknown = float("nan")
    said: dict[str, float] = {}
    for what in ("cpu", "memory", "io"):
        with suppress(OSError):  # a kernel without it
            for how, _, rest in _lines(_PRESSURE / what, " "):
                said[f"{what}_{how}"] = float(rest.split()[0].removeprefix("avg10="))
    return Pressure(
        **{name: said.get(name, unknown) for name in ("cpu_some", "memory_some", "memory_full", "io_some", "io_full")}
    )


def file_handles() -> tuple[int, int]:
    """How many are open on the whole machine, and how many may be."""
    taken, _, most = _HANDLES.read_text().split()
    return int(taken), int(most)


def _lines(path: Path, separator: str = ":") -> Iterator[tuple[str, str, str]]:
    for line in path.read_text().splitlines():
        yield line.partition(separator)


def _whole_disks() -> set[str]:
    """Those with a device beneath them: neither partitions, nor loops, nor what is mapped onto others."""
    with suppress(OSError):
        return {disk.name for disk in Path("/sys/block").iterdir() if (disk / "device").exists()}
    return set()
