"""Who is calling: the owner on the socket; on TCP whoever the bearer token stands for, otherwise nobody."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nacre.core.errors import NacreError, NotAllowed, NotSignedIn
from nacre.core.principals import OWNER, Principal
from nacre.surfaces.http.errors import refusal

Authenticate = Callable[[str], Principal | None]

_OPEN_PATHS = frozenset({"/healthz", "/api/openapi.json"})


class OverSocket:
    """Serves the unix socket. Its file is 0600 in a folder of the owner's, so whoever connects is the owner."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["principal"] = OWNER
        await _identified(self._app, scope, receive, send)


class OverTcp:
    """Serves TCP. Which wrapper a request passes depends on the listener it came by, never on what it says."""

    def __init__(self, app: ASGIApp, authenticate: Authenticate) -> None:
        self._app = app
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            try:
                headers = Headers(scope=scope)
                refuse_other_sites(headers)
                token = bearer_token(headers)
                scope["principal"] = await anyio.to_thread.run_sync(self._principal, token)
            except NacreError as error:
                await refusal(error)(scope, receive, send)
                return
        await _identified(self._app, scope, receive, send)

    def _principal(self, token: str) -> Principal:
        principal = self._authenticate(token)
        if principal is None:
            raise NotSignedIn(
                "bad-token", "This token is unknown, revoked or expired.", hint="Ask the owner for a new token."
            )
        return principal


def bearer_token(headers: Headers) -> str:
    """The token of `Authorization: Bearer …`; NotSignedIn "no-token" without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn(
            "no-token",
            "Requests over TCP carry a token: `Authorization: Bearer …`.",
            hint="`nacre token create` makes one; on this machine the daemon's socket needs none.",
        )
    return token.strip()


def refuse_other_sites(headers: Headers) -> None:
    """A browser names the page's site in Origin; only pages of this very host may call."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if origin is not None and (not host or urlsplit(origin).hostname != urlsplit(f"//{host}").hostname):
        raise NotAllowed("other-site", f"Pages of {origin} may not call this Nacre.", hint="Call it from a program.")


async def _identified(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Give the request an id, return it as X-Request-Id, and let no crash reach the server once it is answered."""
    if scope["type"] != "http":
        await app(scope, receive, send)
        return
    request_id = secrets.token_hex(8)
    scope["request_id"] = request_id
    answering = False

    async def send_identified(message: Message) -> None:
        nonlocal answering
        if message["type"] == "http.response.start":
            answering = True
            MutableHeaders(scope=message)["X-Request-Id"] = request_id
        await send(message)

    try:
        await app(scope, receive, send_identified)
    except Exception:
        # The app's crash handler has logged it and answered; only a crash before any answer is the server's matter.
        if not answering:
            raise
