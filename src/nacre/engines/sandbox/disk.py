"""Watches how much of a disk a sandbox takes. No quota of the file system is needed, and none is as exact."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nacre.engines.processes.command import run

RESERVE_SHARE, RESERVE_BYTES = 0.02, 1 << 30
"""What a sandbox may not take of a file system's last room: this share of it, and at most so many bytes."""

_MEASURE_S = 120.0
_STALE_S = 60.0
_SHORT_STEP_BYTES = 16 << 20  # the same where the last room is touched
_MUCH = 1 << 62
_STEP = 0.05  # of the limit: so much less, or more, free on the file system, and it is measured again


@dataclass
class Watch:
    """The writable folders of one sandbox. `look` answers what is wrong, in words."""

    folders: tuple[Path, ...]
    limit_bytes: int
    _free: dict[Path, int] = field(default_factory=dict)
    _used: dict[Path, int] = field(default_factory=dict)
    _measured_s: float = float("-inf")

    @property
    def used_bytes(self) -> int | None:
        """What they took together when they were measured last; None before they were."""
        return sum(self._used.values()) if self._used else None

    def look(self, now_s: float) -> str:
        """Measure where there is reason to. Empty when all is well, or when what is too large has not grown."""
        free = {folder: _free_bytes(folder) for folder in self.folders}
        short = {folder for folder in self.folders if free[folder] < reserve_bytes(folder)}
        step = _SHORT_STEP_BYTES if short else self.limit_bytes * _STEP
        # Where more is free than before, others gave back what hides how much these have taken meanwhile.
        moved = any(abs(self._free.get(folder, _MUCH) - free[folder]) > step for folder in self.folders)
        if not moved and now_s - self._measured_s < _STALE_S:
            return ""
        self._free, self._measured_s = free, now_s
        before, self._used = self._used, {folder: used_bytes(folder) for folder in self.folders}
        for folder, used in self._used.items():
            if used > self.limit_bytes and used > before.get(folder, 0):
                return f"{folder.name} takes {used >> 20} MB, and may take {self.limit_bytes >> 20} MB"
            # Others fill the disk, too: only whoever has grown meanwhile has to do with it.
            if folder in short and used > before.get(folder, used):
                return f"{folder.name} grows while its file system has only {free[folder] >> 20} MB left"
        return ""


def reserve_bytes(folder: Path) -> int:
    """How much is to stay free on a folder's file system."""
    status = os.statvfs(folder)
    return min(RESERVE_BYTES, int(status.f_blocks * status.f_frsize * RESERVE_SHARE))


def used_bytes(folder: Path) -> int:
    """What a folder takes on its file system, links not followed. What vanishes meanwhile does not count."""
    done = run(du_argv([folder]), timeout_s=_MEASURE_S)
    words = done.stdout.split()
    return int(words[0]) if words and words[0].isdigit() else 0


def du_argv(folders: Iterable[Path]) -> list[str]:
    """Measuring gives way to whatever else there is to do."""
    return ["nice", "-n", "15", "du", "-sx", "-B1", "--", *(str(folder) for folder in folders)]


def _free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
