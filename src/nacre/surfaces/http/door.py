"""The way in for workspaces: the same API, for the tokens of running workspaces and for nothing else."""

from functools import partial

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from nacre.accounts.sessions import Visitor
from nacre.core.errors import NacreError, NotAllowed, NotSignedIn
from nacre.core.principals import Principal
from nacre.surfaces.http.access import identified
from nacre.surfaces.http.errors import refusal
from nacre.surfaces.http.served import Served
from nacre.workspaces.doorkeeper import Doorkeeper

_SIGN_IN = ("/api/sign-in", "/api/sign-out", "/api/session")


class OverDoor:
    """Serves the socket that every workspace sees. It reads no cookies and believes no header but the token's."""

    def __init__(self, app: ASGIApp, daemon: Served) -> None:
        self._app = app
        self._daemon = daemon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope["visitor"], scope["secure"] = Visitor("workspace", ""), False
            try:
                _refuse_sign_in(scope["path"])
                token = _token(Headers(scope=scope))
                scope["still"] = partial(self._daemon.service(Doorkeeper).authenticate, token)
                scope["principal"] = await self._principal(token)
            except NacreError as error:
                await refusal(error)(scope, receive, send)
                return
        await identified(self._app, scope, receive, send)

    async def _principal(self, token: str) -> Principal:
        found = await anyio.to_thread.run_sync(self._daemon.service(Doorkeeper).authenticate, token)
        if found is None:
            raise NotSignedIn(
                "not-a-workspace",
                "Here only the token of a workspace that runs is taken, and this is none.",
                hint="It is in the environment of every process that the workspace starts: NACRE_TOKEN.",
            )
        return found


def _token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" else ""


def _refuse_sign_in(path: str) -> None:
    """Passwords are not tried from inside."""
    if any(path == way or path.startswith(f"{way}/") for way in _SIGN_IN):
        raise NotAllowed("not-from-inside", "Nobody signs in from inside a workspace: its token says whose it is.")
