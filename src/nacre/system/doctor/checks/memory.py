"""Room in memory for the daemon and a few small clusters."""

import psutil

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, ok, warn

_MB = 1 << 20
_LITTLE_BYTES = 512 * _MB


class Memory(Check):
    title = "Memory"

    def look(self, settings: Settings) -> Verdict:
        free = psutil.virtual_memory().available
        if free < _LITTLE_BYTES:
            return warn(
                f"{free // _MB} MB available.",
                "The daemon takes about 120 MB and each small database about 60 MB.",
                "Stop other programs, or add memory or swap.",
            )
        return ok(f"{free // _MB:,} MB available")
