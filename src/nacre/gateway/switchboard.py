"""Which socket answers for a published app: switched for all that matters in one step on disk, with no reload.

`run/switchboard/now` holds the number of a folder beside it, in which each app's slug is a link to a socket. Caddy
reads the number for every request and dials `run/switchboard/NUMBER/NAME`. A change makes a folder of the next number
and then replaces `now`: whoever reads the old number reaches what was there before, whoever reads the new one what is
there now. Each number is another address to Caddy, so a connection that it keeps to a release before is never used for
a new request. See docs/decisions/0018.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nacre.core.whole import write_whole

NAME = r"[a-z0-9][a-z0-9.-]{0,252}"
"""What may be on the switchboard."""

_NAME = re.compile(NAME)
_KEPT = 64  # folders of changes before: a request that read their number may not have dialled yet


class Switchboard:
    """Thread-safe, also between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lay_out(self) -> None:
        """Make what Caddy reads, if it is not there; nobody but the daemon may write to it."""
        for folder in (self._folder, self._folder / "0"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o711)
        if not self._now.exists():
            self._publish(0)

    def lines(self) -> dict[str, Path]:
        """The socket that every app is dialled at now."""
        return {entry.name: entry.readlink() for entry in self._at(self._number()).iterdir()}

    def line(self, name: str) -> Path | None:
        """What this name leads to now."""
        try:
            return (self._at(self._number()) / name).readlink()
        except FileNotFoundError:
            return None

    def switch(self, changes: Mapping[str, Path | None]) -> None:
        """From now on these names lead there, or nowhere; all at once, or not at all when cut off."""
        for name in changes:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be on the switchboard")
        with self._changing():
            number = self._number()
            lines = self.lines()
            if all(lines.get(name) == target for name, target in changes.items()):
                return
            fresh = self._at(number + 1)
            shutil.rmtree(fresh, ignore_errors=True)  # of a change that was cut off
            fresh.mkdir()
            fresh.chmod(0o711)
            for name, target in {**lines, **changes}.items():
                if target is not None:
                    (fresh / name).symlink_to(target)
            _settle(fresh)
            self._publish(number + 1)
            shutil.rmtree(self._at(number + 1 - _KEPT), ignore_errors=True)

    @property
    def _now(self) -> Path:
        return self._folder / "now"

    def _at(self, number: int) -> Path:
        return self._folder / str(number)

    def _number(self) -> int:
        return int(self._now.read_text())

    def _publish(self, number: int) -> None:
        write_whole(self._now, str(number).encode(), 0o644)
        _settle(self._folder)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _settle(folder: Path) -> None:
    """Wait until the disk has what is in it."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
