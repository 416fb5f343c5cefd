"""What relays at both ends have in common: lines that are listened on, the ear they are told by, guests they serve."""

import asyncio
import concurrent.futures.thread  # noqa: F401  (loaded before this becomes a user who cannot)
import contextlib
import logging
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from nacre.engines.wires.plan import Folder
from nacre.engines.wires.talk import Ends, open_unix, pass_on

_BACKLOG = 512
_log = logging.getLogger("nacre.wires")


def run(kind: "type[Relay]") -> None:
    """The process: it is started as the daemon's user, and becomes the account once it has loaded its modules."""
    folder, *account = sys.argv[1:]
    "localhost".encode("idna")  # loads what is looked for only when a name is dialled
    for uid, gid in (map(int, one.split(":")) for one in account):
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    asyncio.run(kind(Folder(Path(folder))).run())


class Relay(ABC):
    """Runs until it is told to end (SIGTERM)."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._listening: dict[Path, asyncio.Server] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Lock()

    async def run(self) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self._read_again()
        self.folder.ear.unlink(missing_ok=True)
        ear = await asyncio.start_unix_server(self._told, str(self.folder.ear))
        await stop.wait()
        ear.close()

    @abstractmethod
    async def read(self) -> Mapping[Path, str]:
        """Take the plan as it is now; where its lines lead, in words of `reach`."""

    @abstractmethod
    async def reach(self, where: str) -> Ends:
        """The other end of a line. Raises OSError."""

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def lead(self, ends: Ends, path: Path | None) -> None:
        """Whoever is at this end asked for a door: open what it leads to, if there is one."""
        try:
            if path is None:
                raise FileNotFoundError("there is no such door")
            inner = await open_unix(str(path))
        except OSError:
            with contextlib.suppress(OSError):
                await ends.say({"open": False})
            ends.close()
            return
        try:
            await ends.say({"open": True})
        except OSError:
            inner.close()
            raise
        await pass_on(ends, inner)

    async def _told(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._read_again()
            writer.write(b".")
        finally:
            writer.close()

    async def _read_again(self) -> None:
        async with self._reading:
            wanted = await self.read()
            for path in self._listening.keys() - wanted.keys():
                self._listening.pop(path).close()
                path.unlink(missing_ok=True)
            for path, where in wanted.items():
                if path not in self._listening:
                    self._listening[path] = await self._listen(path, where)

    async def _listen(self, path: Path, where: str) -> asyncio.Server:
        async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ends = Ends(reader, writer)
            try:
                other = await self.reach(where)
            except (OSError, TimeoutError) as error:
                _log.warning("%s is not reached: %s", where, error or type(error).__name__)
                ends.close()
                return
            await pass_on(ends, other)

        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(guest, str(path), backlog=_BACKLOG)
        path.chmod(0o666 if self.for_anybody else 0o660)
        return server

    @property
    def for_anybody(self) -> bool:
        """Whether lines are for every user of this machine who can see their folder."""
        return False
