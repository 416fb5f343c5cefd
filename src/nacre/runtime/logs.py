"""What an app writes: kept for each release, the latest of it, and followed for as long as somebody listens."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from nacre.core.progress import say, unheard
from nacre.engines.processes.logs import last_lines
from nacre.engines.sandbox.layout import Layout

_KEPT_BYTES = 8 << 20
_LOOK_EVERY_S = 0.25
_CHUNK_BYTES = 64 << 10
_KEY = "app"


class Log:
    """Of one release. `path` has what earlier runs said; the sandbox that runs now has its own part."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, folder: Path) -> None:
        """Take what the last run in this sandbox's folder has said; the oldest goes beyond the most that is kept."""
        said = Layout(folder).log(_KEY)
        if not said.exists():
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("ab") as kept, said.open("rb") as source:
            os.fchmod(kept.fileno(), 0o600)
            # The beginning of a long one is a hole: whoever follows it has given that back.
            source.seek(max(0, source.seek(0, os.SEEK_END) - _KEPT_BYTES))
            with suppress(OSError):
                source.seek(os.lseek(source.fileno(), source.tell(), os.SEEK_DATA))
            shutil.copyfileobj(source, kept)
        said.unlink()
        if self.path.stat().st_size > _KEPT_BYTES:
            fresh = self.path.with_suffix(".new")
            fresh.write_bytes(_end_of(self.path, _KEPT_BYTES // 2))
            fresh.replace(self.path)

    def last_lines(self, folder: Path, count: int) -> list[str]:
        """The end of what the run in this folder has said, or else of what was kept."""
        return last_lines(Layout(folder).log(_KEY), count) or last_lines(self.path, count)

    def read(self, folder: Path | None, tail_bytes: int) -> bytes:
        """The last of it; `folder` is of the sandbox that runs now."""
        now = _end_of(Layout(folder).log(_KEY), tail_bytes) if folder else b""
        return _end_of(self.path, tail_bytes - len(now)) + now if len(now) < tail_bytes else now

    def follow(self, folder: Path, tail_bytes: int) -> None:
        """Pass on what is there and what comes (progress.say), until nobody listens or the sandbox is gone."""
        say(self.read(folder, tail_bytes))
        said = Layout(folder).log(_KEY)
        place = _place(said)
        while not unheard() and folder.exists():
            now = _place(said)
            if now != place:
                if now[0] != place[0] or now[1] < place[1]:
                    place = (now[0], 0)  # it was started again, or its log was cut
                data = _from(said, place[1])
                place = (place[0], place[1] + len(data))
                say(data)
            else:
                time.sleep(_LOOK_EVERY_S)


class Logs:
    """Those of all releases, in a folder for each app."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, app: str, release: int) -> Log:
        return Log(self._folder / app / f"{release}.log")

    def remove(self, app: str) -> None:
        shutil.rmtree(self._folder / app, ignore_errors=True)


def _place(path: Path) -> tuple[int, int]:
    """Which file it is, and where it ends."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_size


def _from(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(_CHUNK_BYTES)
    except FileNotFoundError:
        return b""


def _end_of(path: Path, size_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size_bytes))
            return file.read()
    except FileNotFoundError:
        return b""
