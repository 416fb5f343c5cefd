"""What a release says on its way: one file for each, followed by whoever watches."""

import threading
from pathlib import Path

from nacre.publishing.releases import Release

_SHOWN_BYTES = 64 << 10
_LARGEST_BYTES = 4 << 20


class Logs:
    """Written by the one thread that drives the release; read by any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = threading.Condition()
        self.version = 0
        """Grows with all that those who follow may want to see."""

    def begin(self, release: Release) -> None:
        """Afresh: what is taken up again after a kill says all of it once more."""
        self.forget(release)

    def write(self, release: Release, data: bytes) -> None:
        """Beyond 4 MB nothing more is kept of it."""
        path = self._path(release)
        if data and (not path.exists() or path.stat().st_size < _LARGEST_BYTES):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(data)
        self.nudge()

    def say(self, release: Release, line: str) -> None:
        self.write(release, f"{line}\n".encode())

    def nudge(self) -> None:
        """Have those who follow look again: a phase has changed."""
        with self._written:
            self.version += 1
            self._written.notify_all()

    def wait(self, seen: int, timeout_s: float) -> None:
        """Until there is more than at version `seen`, or the time is over."""
        with self._written:
            self._written.wait_for(lambda: self.version > seen, timeout_s)

    def since(self, release: Release, offset: int) -> bytes:
        try:
            with self._path(release).open("rb") as file:
                file.seek(offset)
                return file.read(_SHOWN_BYTES)
        except FileNotFoundError:
            return b""

    def read(self, release: Release) -> str:
        """Its newest 64 kB, as text."""
        try:
            size = self._path(release).stat().st_size
        except FileNotFoundError:
            return ""
        return self.since(release, max(size - _SHOWN_BYTES, 0)).decode(errors="replace")

    def forget(self, release: Release) -> None:
        self._path(release).unlink(missing_ok=True)

    def _path(self, release: Release) -> Path:
        return self._folder / f"{release.app_id}-{release.number}.log"
