"""git on one request of its client: bytes go in and come out as they are ready, and neither waits in memory."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account

_AT_ONCE_BYTES = 1 << 17


class Exchange:
    """One running command with both its ends in hand, on the event loop that starts it. Use it as a context."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], user: Account | None) -> None:
        self._argv = argv
        self._env = env
        self._user = user

    async def __aenter__(self) -> "Exchange":
        """Raises Failed "command-not-started"."""
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the context
        try:
            self._process = await asyncio.to_thread(self._start)
        except OSError as error:
            self._stderr.close()
            raise Failed("command-not-started", f"`{self._argv[0]}` could not be started: {error.strerror}.") from error
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(_AT_ONCE_BYTES)
        self._out, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), self._process.stdout
        )
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), self._process.stdin
        )
        self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever still runs is ended; the process is reaped."""
        self.stop()
        self._writer.close()
        self._out.close()
        await asyncio.shield(asyncio.to_thread(self._process.wait))
        self._stderr.close()

    async def write(self, piece: bytes) -> None:
        """Returns when there is room for more; what a command does not want to read is let go."""
        try:
            self._writer.write(piece)
            await self._writer.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end_input(self) -> None:
        self._writer.close()

    async def read(self) -> bytes:
        """The next piece of the answer; empty at its end."""
        return await self._reader.read(_AT_ONCE_BYTES)

    async def ended(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        return await asyncio.to_thread(self._process.wait)

    def complaint(self) -> str:
        """The end of what it wrote to standard error."""
        self._stderr.seek(0)
        return self._stderr.read()[-2000:].decode(errors="replace").strip()

    def _start(self) -> "subprocess.Popen[bytes]":
        user = self._user
        return subprocess.Popen(
            self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=self._env, cwd="/",
            bufsize=0, start_new_session=True, user=user.uid if user else None, group=user.gid if user else None,
            extra_groups=[] if user else None,
        )  # fmt: skip

    def stop(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
