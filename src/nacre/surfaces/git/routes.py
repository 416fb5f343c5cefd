"""The addresses of a project's repository: what the git client asks there, and what it is answered."""

import re
from collections.abc import Callable
from functools import partial

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from nacre.core.errors import InvalidInput, NacreError, NotFound, TooOften
from nacre.core.principals import Principal, Role
from nacre.engines.git import commands
from nacre.engines.git.pktline import FLUSH, line
from nacre.engines.git.repository import Repository
from nacre.engines.git.serving import Exchange
from nacre.repositories.pushes import Repositories
from nacre.surfaces.git.body import decoded
from nacre.surfaces.git.conversation import Conversation, Pushing, until_cut_off
from nacre.surfaces.git.pushing import Push
from nacre.surfaces.git.refusal import refusal
from nacre.surfaces.http.served import Served

_ADDRESS = re.compile(r"/git/([a-z][a-z0-9-]{0,38})(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_ROLES = {"git-upload-pack": Role.VIEWER, "git-receive-pack": Role.USER}
_MOST_AT_ONCE = 32
_PROTOCOL = re.compile(r"version=[012]")

Settings = list[tuple[str, str]]


def routes(daemon: Served) -> list[BaseRoute]:
    return [Route("/git/{rest:path}", endpoint=GitEndpoint(daemon))]


class GitEndpoint:
    def __init__(self, daemon: Served) -> None:
        self._daemon = daemon
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self._at_once += 1
        try:
            try:
                answer = await self._answer(request)
            except NacreError as error:
                answer = refusal(error)
            await answer(scope, receive, send)
        finally:
            self._at_once -= 1

    async def _answer(self, request: Request) -> ASGIApp:
        if self._at_once > _MOST_AT_ONCE:
            raise TooOften("too-many-at-once", "Too many clones and pushes are under way.", hint="Try again soon.")
        address = _ADDRESS.fullmatch(request.scope["path"])
        if address is None:
            raise NotFound(
                "unknown-route",
                "There is nothing of git at this address.",
                hint="A project's repository is at /git/PROJECT.git.",
            )
        project, asked = address.groups()
        advertise = asked == "info/refs"
        service = request.query_params.get("service", "") if advertise else asked
        if service not in _ROLES or request.method != ("GET" if advertise else "POST"):
            raise InvalidInput("bad-git-request", "This is no request of a git client of today.", hint="Update git.")
        who: Principal = request.scope["principal"]
        repositories = self._daemon.service(Repositories)
        repository = await run_sync(repositories.open, project, who, _ROLES[service])
        limited = commands.only_branch(who.branch.branch) if who.branch is not None else []
        run = partial(_exchange, repository, "" if limited else request.headers.get("git-protocol", ""))
        folder = repository.folder
        if advertise:
            pack = commands.upload_pack if service == "git-upload-pack" else commands.receive_pack
            head = line(f"# service={service}\n".encode()) + FLUSH
            git = run(pack(folder, advertise=True), limited)
            return Conversation(git, decoded(request), f"application/x-{service}-advertisement", head)
        if request.headers.get("content-type") != f"application/x-{service}-request":
            raise InvalidInput("bad-git-request", "This is no request of a git client.", hint="Use git.")
        if service == "git-upload-pack":
            git = run(commands.upload_pack(folder, advertise=False), limited)
            return Conversation(git, decoded(request), f"application/x-{service}-result")
        take = partial(_taking, run, commands.receive_pack(folder, advertise=False), limited)
        return Pushing(Push(repositories, project, who, take, until_cut_off(decoded(request))))


def _exchange(repository: Repository, protocol: str, words: list[str], settings: Settings) -> Exchange:
    return repository.exchange(words, settings, protocol if _PROTOCOL.fullmatch(protocol) else "")


def _taking(
    run: Callable[[list[str], Settings], Exchange], words: list[str], limited: Settings, settings: Settings
) -> Exchange:
    return run(words, [*limited, *settings])
