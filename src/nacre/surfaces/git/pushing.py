"""One push: git takes it, then what follows from it is done and told, and only then does the answer end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog
from anyio.to_thread import run_sync

from nacre.core.errors import InvalidInput, NacreError
from nacre.core.principals import Principal
from nacre.engines.git.pktline import HeldEnd, PushHead, read_push, to_person
from nacre.engines.git.serving import Exchange
from nacre.repositories.pushes import Begun, Repositories

_log = structlog.get_logger()
LONGEST_S = 3600.0
_LONGEST_HEAD_BYTES = 4 << 20

Start = Callable[[list[tuple[str, str]]], Exchange]
"""receive-pack under these settings."""


class CutOff(Exception):
    """What a client sends ends before all of it is here: it has hung up."""


class Client(Protocol):
    """Whoever pushes, as far as they can be told something. Both raise OSError when they have gone."""

    async def write(self, piece: bytes) -> None: ...

    async def end(self) -> None: ...


class Push:
    """Once all of a push is here, it is carried through whether somebody waits for it or not.

    `body` is what the client sends, from the commands on; it raises CutOff.
    """

    def __init__(
        self, repositories: Repositories, project: str, who: Principal, start: Start, body: AsyncIterator[bytes]
    ) -> None:
        self._repositories = repositories
        self._project = project
        self._who = who
        self._start = start
        self._body = body

    async def take(self, client: Client, request_id: str) -> None:
        """Raises NacreError, before anything is written, for a push that is none; CutOff."""
        head, begun_with = await self._head()
        settings = await run_sync(self._repositories.settings, self._project, head.commands)
        begun = await run_sync(self._repositories.begin, self._project, head.commands, self._who, request_id)
        carrying = self._carry_through(head, begun_with, begun, self._start(settings), client)
        await asyncio.shield(asyncio.create_task(carrying))

    async def _head(self) -> tuple[PushHead, bytes]:
        """What the push asks for, and all that came until that was known."""
        begun_with = bytearray()
        async for piece in self._body:
            begun_with += piece
            head = read_push(bytes(begun_with))
            if head is not None:
                return head, bytes(begun_with)
            if len(begun_with) > _LONGEST_HEAD_BYTES:
                break
        raise InvalidInput("bad-push", "This push names no end of what it asks for.", hint="Push fewer refs at once.")

    async def _carry_through(
        self, head: PushHead, begun_with: bytes, begun: Begun, exchange: Exchange, client: Client
    ) -> None:
        held = HeldEnd()
        try:
            async with asyncio.timeout(LONGEST_S), exchange as git:
                feeding = asyncio.create_task(self._feed(git, begun_with))
                try:
                    while piece := await git.read():
                        await _tell(client, held.passed(piece) if head.side_band else piece)
                finally:
                    feeding.cancel()
                    await asyncio.gather(feeding, return_exceptions=True)
                code = await git.ended()
                if code != 0:
                    _log.warning("a push failed", project=self._project, exit_code=code, said=git.complaint())
        finally:
            following = self._repositories.end(begun)
            while (words := await run_sync(next, following, None)) is not None:
                await _tell(client, to_person(words) if head.side_band else b"")
        await _tell(client, held.rest())
        with contextlib.suppress(OSError):
            await client.end()
        if begun.commands:
            await run_sync(self._repositories.collect, self._project)

    async def _feed(self, git: Exchange, begun_with: bytes) -> None:
        whole = False
        try:
            await git.write(begun_with)
            async for piece in self._body:
                await git.write(piece)
            whole = True
        except (CutOff, NacreError) as error:
            _log.info("a push was cut off", project=self._project, why=str(error) or "the client hung up")
        finally:
            if whole:
                git.end_input()
            else:
                git.stop()  # of a push that is not whole, nothing is taken


async def _tell(client: Client, piece: bytes) -> None:
    """To the client, if it is still there."""
    with contextlib.suppress(OSError):
        await client.write(piece)
