"""One command of a signed-in visitor: a clone, a fetch or a push."""

import asyncio
import contextlib
import re
import shlex
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncssh
import structlog
from anyio.to_thread import run_sync

from nacre.accounts.keys import Keys
from nacre.core.errors import InvalidInput, NacreError, NotFound, NotSignedIn, TooOften
from nacre.core.principals import Principal, Role
from nacre.engines.git import commands
from nacre.engines.git.repository import Repository
from nacre.engines.git.serving import Exchange
from nacre.repositories.pushes import Repositories
from nacre.surfaces.git.pushing import LONGEST_S, CutOff, Push
from nacre.surfaces.http.served import Served
from nacre.surfaces.ssh.visitor import KEY

_log = structlog.get_logger()
_ADDRESS = re.compile(r"/?(?:git/)?([a-z][a-z0-9-]{0,38})(?:\.git)?/?")
_ROLES = {"git-upload-pack": Role.VIEWER, "git-receive-pack": Role.USER}
_PROTOCOL = re.compile(r"version=[012]")
_MOST_AT_ONCE = 32
_AT_ONCE_BYTES = 1 << 16

Process = asyncssh.SSHServerProcess[bytes]


class Sessions:
    def __init__(self, daemon: Served) -> None:
        self._daemon = daemon
        self._at_once = 0

    async def serve(self, process: Process) -> None:
        """Run what the visitor asks for, and end the session with its exit code."""
        self._at_once += 1
        try:
            code = await self._run(process)
        except NacreError as error:
            code = _refuse(process, error)
        except (asyncssh.Error, OSError, CutOff, TimeoutError) as error:
            _log.info("a session over SSH was cut off", why=str(error) or type(error).__name__)
            code = 1
        finally:
            self._at_once -= 1
        with contextlib.suppress(OSError):
            process.exit(code)

    async def _run(self, process: Process) -> int:
        if self._at_once > _MOST_AT_ONCE:
            raise TooOften("too-many-at-once", "Too many clones and pushes are under way.", hint="Try again soon.")
        who = await self._visitor(process)
        service, project = _asked(process.command, who)
        repositories = self._daemon.service(Repositories)
        repository = await run_sync(repositories.open, project, who, _ROLES[service])
        if service == "git-upload-pack":
            protocol = str(process.env.get("GIT_PROTOCOL", ""))
            return await _fetch(process, repository, protocol if _PROTOCOL.fullmatch(protocol) else "")
        return await _push(process, repository, repositories, project, who)

    async def _visitor(self, process: Process) -> Principal:
        """Who is there, with their rights of now: the connection may have been open for long."""
        keys, shown = self._daemon.service(Keys), process.get_extra_info(KEY)
        who = await run_sync(keys.authenticate, shown) if shown else None
        if who is None:
            raise NotSignedIn("key-unknown", "This key lets nobody in any more.", hint="`nacre key add` adds another.")
        await run_sync(keys.note_use, shown)
        return who


def _asked(command: str | None, who: Principal) -> tuple[str, str]:
    """The service and the project that a command line names. Raises InvalidInput "no-shell", NotFound."""
    try:
        words = shlex.split(command or "")
    except ValueError:
        words = []
    if len(words) != 2 or words[0] not in _ROLES:
        raise InvalidInput(
            "no-shell", f"You are known here as {who}, but nothing is done here but git.", hint="Use the git client."
        )
    address = _ADDRESS.fullmatch(words[1])
    if address is None:
        raise NotFound(
            "project-not-found",
            f"There is no repository “{words[1]:.80}”.",
            hint="A project's repository is PROJECT.git.",
        )
    return words[0], address[1]


async def _fetch(process: Process, repository: Repository, protocol: str) -> int:
    async with (
        asyncio.timeout(LONGEST_S),
        repository.exchange(commands.serve_fetch(repository.folder), [], protocol) as git,
    ):
        hearing = asyncio.create_task(_hear(process, git))
        try:
            while piece := await git.read():
                await _say(process, piece)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        code = await git.ended()
        if code != 0:
            process.stderr.write(git.complaint().encode() + b"\n")
        return code


async def _hear(process: Process, git: Exchange) -> None:
    """All that the client says; once it has gone, git hears the end and ends as well."""
    try:
        async for piece in _body(process):
            await git.write(piece)
    except CutOff:
        git.stop()
    else:
        git.end_input()


async def _push(
    process: Process, repository: Repository, repositories: Repositories, project: str, who: Principal
) -> int:
    """receive-pack says what there is, and is asked anew once it is known what shall change: the rules depend on it."""
    async with repository.exchange(commands.receive_pack(repository.folder, advertise=True), [], "") as git:
        while piece := await git.read():
            await _say(process, piece)
        if await git.ended() != 0:
            process.stderr.write(git.complaint().encode() + b"\n")
            return 1

    def start(settings: list[tuple[str, str]]) -> Exchange:
        return repository.exchange(commands.receive_pack(repository.folder, advertise=False), settings, "")

    await Push(repositories, project, who, start, _body(process)).take(_Pusher(process), uuid.uuid4().hex)
    return 0


class _Pusher:
    """Whoever pushes, at the other end of a session."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def write(self, piece: bytes) -> None:
        await _say(self._process, piece)

    async def end(self) -> None:
        self._process.stdout.write_eof()


async def _say(process: Process, piece: bytes) -> None:
    """Returns when there is room for more. Raises OSError when nobody is there."""
    process.stdout.write(piece)
    await process.stdout.drain()


async def _body(process: Process) -> AsyncIterator[bytes]:
    stdin: Any = process.stdin
    try:
        while piece := await stdin.read(_AT_ONCE_BYTES):
            yield piece
    except (asyncssh.Error, OSError, EOFError) as error:
        raise CutOff(str(error)) from error


def _refuse(process: Process, error: NacreError) -> int:
    words = f"{error.message}\n{error.hint}\n" if error.hint else f"{error.message}\n"
    with contextlib.suppress(OSError):
        process.stderr.write(words.encode())
    return 1
