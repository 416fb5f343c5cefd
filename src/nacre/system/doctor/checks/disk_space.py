"""Room on the disk."""

import shutil

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn
from nacre.system.doctor.places import nearest_existing

_GB = 1 << 30
_TOO_LITTLE_BYTES = 1 * _GB
_LITTLE_BYTES = 10 * _GB


class DiskSpace(Check):
    title = "Disk space"

    def look(self, settings: Settings) -> Verdict:
        free = shutil.disk_usage(nearest_existing(settings.projects)).free
        words = f"{free / _GB:.1f} GB free under {settings.projects}"
        advice = "Free some room, lower NACRE_RETENTION_DAYS, or move NACRE_HOME to a larger disk."
        if free < _TOO_LITTLE_BYTES:
            return fail(words, "A database whose disk is full stops writing, and its history with it.", advice)
        if free < _LITTLE_BYTES:
            return warn(words, "History keeps what was deleted and overwritten, so it grows with every change.", advice)
        return ok(words)
