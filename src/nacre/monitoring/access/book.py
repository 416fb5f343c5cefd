"""What the access log has told since the daemon started, for the whole gateway and for each app."""

import threading
from collections.abc import Container
from pathlib import Path

from nacre.monitoring.access.counting import Counts, count
from nacre.monitoring.access.following import Following


class AccessBook:
    """Read by the probes of one look after the other."""

    def __init__(self, path: Path) -> None:
        self.whole = Counts()
        self._apps: dict[str, Counts] = {}
        self._log = Following(path)
        self._reading = threading.Lock()

    def read(self, known: Container[str]) -> None:
        """Count what was added to the log. Apps that are not `known` any more are forgotten."""
        with self._reading:
            for lines in self._log.added():
                count(lines, self.whole, self._apps, known)
            for gone in [app for app in self._apps if app not in known]:
                del self._apps[gone]

    def of(self, app: str) -> Counts:
        return self._apps.get(app) or Counts()
