"""Which socket answers for a published app: switched for all that matters in one step on disk, with no reload.

`run/switchboard/nNUMBER` is an empty folder in which Caddy works, and in `run/switchboard/nNUMBER-` each app's slug is
a link to a socket. Caddy asks for every request what the folder that it works in is called, which is one call of the
kernel, and dials `run/switchboard/nNUMBER-/NAME`. A change makes the links of the next number and then renames the
empty folder: whoever asked before reaches what was there before, whoever asks afterwards what is there now. Each
number is another address to Caddy, so a connection that it keeps to a release before is never used for a new request.
See docs/decisions/0018.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

NAME = r"[a-z0-9][a-z0-9.-]{0,252}"
"""What may be on the switchboard."""

DIALLED = "{system.wd}-"
"""The folder of links, as Caddy finds it."""

_NAME = re.compile(NAME)
_KEPT = 64  # folders of changes before: a request that read their number may not have dialled yet
_STAND = re.compile(r"n(\d+)")
_LOOKS = 1000
_LONGEST_PATH = 107  # of a unix socket, unix(7)


def room_for_names(folder: Path) -> int:
    """How long the name of an app may be so that Caddy can dial it, which takes the path without links to the folder;
    counted with as many changes as there are in years."""
    return _LONGEST_PATH - len(os.fsencode(folder.resolve() / "n999999-/"))


class Switchboard:
    """Thread-safe, also between processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lay_out(self) -> None:
        """Make what Caddy reads, if it is not there; nobody but the daemon may write to it."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o711)
        with self._changing():
            if not self._numbers():
                number, lines = self._former()
                self._draw(number, lines)
                _make(self._stand(number))
                _settle(self.folder)
            self._forget_former()

    def standing(self) -> int:
        """A descriptor of the folder that Caddy works in, which is the same one whatever it is called."""
        with self._changing():
            return os.open(self._stand(self._number()), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def lines(self) -> dict[str, Path]:
        """The socket that every app is dialled at now."""
        return _links(self._at(self._number()))

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
            self._draw(number + 1, {**lines, **changes})
            self._stand(number).rename(self._stand(number + 1))
            _settle(self.folder)
            shutil.rmtree(self._at(number + 1 - _KEPT), ignore_errors=True)

    def _draw(self, number: int, lines: Mapping[str, Path | None]) -> None:
        """The links of a number that does not count yet."""
        fresh = self._at(number)
        shutil.rmtree(fresh, ignore_errors=True)  # of a change that was cut off
        _make(fresh)
        for name, target in lines.items():
            if target is not None:
                (fresh / name).symlink_to(target)
        _settle(fresh)

    def _stand(self, number: int) -> Path:
        return self.folder / f"n{number}"

    def _at(self, number: int) -> Path:
        return self.folder / f"n{number}-"

    def _number(self) -> int:
        """Raises FileNotFoundError before it is laid out."""
        for _ in range(_LOOKS):
            if found := self._numbers():
                return max(found)
        raise FileNotFoundError(f"{self.folder} is not laid out")

    def _numbers(self) -> list[int]:
        """One; none or two where it is renamed while we look."""
        return [int(found[1]) for each in self.folder.iterdir() if (found := _STAND.fullmatch(each.name))]

    def _former(self) -> tuple[int, dict[str, Path]]:
        """As it was laid out until the end of 2026: the number stood in a file, and named the folder of links."""
        try:
            number = int((self.folder / "now").read_text())
        except FileNotFoundError:
            return 0, {}
        return number + 1, _links(self.folder / str(number))

    def _forget_former(self) -> None:
        now = self.folder / "now"
        if now.exists():
            for links in self.folder.glob("[0-9]*"):
                shutil.rmtree(links)
            now.unlink()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _links(folder: Path) -> dict[str, Path]:
    return {entry.name: entry.readlink() for entry in folder.iterdir()}


def _make(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o711)


def _settle(folder: Path) -> None:
    """Wait until the disk has what is in it."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
