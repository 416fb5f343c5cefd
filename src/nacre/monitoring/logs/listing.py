"""The sources that there are now: a folder of them is listed anew only where files came to it or went."""

import time
from pathlib import Path

from nacre.monitoring.logs.source import Source, parts

_SETTLED_NS = 1_000_000_000
"""What comes to a folder so soon after it was changed may leave its time as it is: the kernel's clock for files
goes by some milliseconds, that of other file systems by more."""


class Listing:
    """For one plan: another one has sources of its own."""

    def __init__(self) -> None:
        self._listed: dict[str, tuple[int, list[Source]]] = {}

    def of(self, sources: list[Source]) -> dict[str, Source]:
        """Those to be followed, by their keys."""
        return {part.key: part for source in sources for part in self._parts(source)}

    def _parts(self, source: Source) -> list[Source]:
        if not source.each:
            return parts(source)
        try:
            changed_ns = Path(source.path).stat().st_mtime_ns
        except OSError:
            return parts(source)
        known = self._listed.get(source.key)
        if known is not None and known[0] == changed_ns:
            return known[1]
        found = parts(source)
        if abs(time.time_ns() - changed_ns) > _SETTLED_NS:
            self._listed[source.key] = changed_ns, found
        return found
