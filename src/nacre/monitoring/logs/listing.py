"""The sources that there are now: a folder of them is listed anew only where files came to it or went."""

import time
from collections.abc import Sequence
from pathlib import Path

from nacre.monitoring.logs.source import Source, parts

SETTLED_NS = 1_000_000_000
"""What changes so soon after a change may leave the time of that as it is: the kernel's clock for files goes by some
milliseconds, that of other file systems by more."""


class Listing:
    """Of one plan: another one has sources of its own."""

    def __init__(self, planned: Sequence[Source] = ()) -> None:
        self._always = {part.key: part for source in planned if not source.each for part in parts(source)}
        self._folders = [(source, Path(source.path)) for source in planned if source.each]
        self._listed: dict[str, tuple[int, list[Source]]] = {}
        self._there: dict[str, Source] | None = None

    def there(self) -> dict[str, Source]:
        """Those to be followed, by their keys. It is the same object as long as they are the same."""
        changed = [self._list(*each) for each in self._folders if not self._is_listed(*each)]
        if self._there is None or any(changed):
            listed = {part.key: part for _, found in self._listed.values() for part in found}
            self._there = self._always | listed
        return self._there

    def _is_listed(self, source: Source, folder: Path) -> bool:
        known = self._listed.get(source.key)
        return known is not None and known[0] == _changed_ns(folder)

    def _list(self, source: Source, folder: Path) -> bool:
        """Whether there are others than before."""
        changed_ns = _changed_ns(folder)
        known, found = self._listed.get(source.key), parts(source)
        settled = abs(time.time_ns() - changed_ns) > SETTLED_NS
        self._listed[source.key] = changed_ns if settled else -1, found
        return known is None or known[1] != found


def _changed_ns(folder: Path) -> int:
    """0 where it cannot be told, as where there is no such folder yet: it is listed anew."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
