"""What is said on a wire before bytes are passed on: one line that names a door, and one that says whether it opens."""

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass

CALLBACK = "callback"
"""The door at which the one who answers has a connection to call back by."""

_LONGEST_LINE_BYTES = 1024
_CHUNK_BYTES = 256 << 10
_DEAD_AFTER_MS = 15_000


@dataclass(frozen=True)
class Ends:
    """Of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, door: str, within_s: float) -> None:
        """Have a door opened. Raises OSError when it is not."""
        async with asyncio.timeout(within_s):
            await self.say({"door": door})
            said = await self.hear()
        if said.get("open") is not True:
            raise ConnectionRefusedError(f"{door} is not opened")

    async def say(self, words: dict[str, object]) -> None:
        self.writer.write(json.dumps(words).encode() + b"\n")
        await self.writer.drain()

    async def hear(self) -> dict[str, object]:
        """Raises OSError where it is no line of ours."""
        try:
            line = await self.reader.readuntil(b"\n")
            said = json.loads(line)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            raise ConnectionAbortedError(f"no line came: {error}") from error
        if not isinstance(said, dict) or len(line) > _LONGEST_LINE_BYTES:
            raise ConnectionAbortedError("a line came that says nothing")
        return said

    def close(self) -> None:
        self.writer.close()


def watch_over(writer: asyncio.StreamWriter) -> None:
    """Have the kernel give up a connection whose other end went without a word, in a quarter of a minute."""
    link = writer.get_extra_info("socket")
    for level, option, value in (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_AFTER_MS),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    ):
        link.setsockopt(level, option, value)


async def open_unix(path: str) -> Ends:
    return Ends(*await asyncio.open_unix_connection(path))


async def pass_on(one: Ends, other: Ends) -> None:
    """Both ways, until both are through or either breaks; both are closed then."""
    try:
        await asyncio.gather(_copy(one.reader, other.writer), _copy(other.reader, one.writer))
    finally:
        one.close()
        other.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """TLS here knows no connection that is closed one way: whoever is done with talking is taken to be done."""
    with contextlib.suppress(OSError, RuntimeError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
            return
    writer.close()
