"""Who is calling: the owner on the socket; elsewhere whoever the bearer token or the session's cookie stands for.

A token is shown on purpose; a cookie is sent by the browser whichever page asks. So with a cookie a page must be of
this very origin, and what changes anything must carry the session's CSRF token too.
"""

import hmac
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nacre.accounts.sessions import LIVES_FOR, Sessions, SignedIn, Visitor
from nacre.core.errors import NacreError, NotAllowed, NotSignedIn, TooLarge
from nacre.core.principals import OWNER, Principal
from nacre.gateway.protocols import is_protocol, takes_nodes
from nacre.nodes.nodes import CREDENTIAL_PREFIX, Nodes
from nacre.surfaces.http import cookies
from nacre.surfaces.http.arguments import UNBOUNDED
from nacre.surfaces.http.basic import CHALLENGE, presented_token
from nacre.surfaces.http.errors import refusal
from nacre.surfaces.http.served import Served

_OPEN_PATHS = frozenset(
    {
        "/api/openapi.json",
        "/api/sign-in",
        "/api/sign-in/link",
        "/api/sign-in/link/show",
        "/api/sign-in/oidc/start",
        "/api/sign-in/oidc/callback",
    }
)
# They say themselves whom they answer without a token.
_TOKENS_TAKEN = frozenset({"/metrics"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST_BODY_BYTES = 32 << 20  # the largest of an operation, and room for base64 around it
_IDENTITY = b"x-nacre-"
_CLAIMS = frozenset(
    {b"x-nacre-csrf", b"x-nacre-job", b"x-nacre-fence", b"x-nacre-slot"}
)  # what is checked, whoever says it


class OverSocket:
    """Serves the unix socket. Its file is 0600 in a folder of the owner's, so whoever connects is the owner."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope["principal"], scope["still"] = OWNER, lambda: OWNER
            scope["visitor"] = Visitor("socket", "")
            scope["secure"] = False
        await identified(self._app, scope, receive, send)


class OverTcp:
    """Serves TCP. Which wrapper a request passes depends on the listener it came by, never on what it says.

    `secure` says that browsers come by TLS though it ends before this process, as with a proxy of somebody's own.
    """

    def __init__(self, app: ASGIApp, daemon: Served, *, secure: bool = False) -> None:
        self._app = app
        self._daemon = daemon
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        asked = _Asked.of(scope, self._secure)
        scope["headers"] = [
            (name, value) for name, value in scope["headers"] if not name.startswith(_IDENTITY) or name in _CLAIMS
        ]
        scope["secure"] = asked.secure
        scope["visitor"] = Visitor((scope.get("client") or ("", 0))[0], asked.headers.get("user-agent", ""))
        try:
            refuse_other_sites(asked)
            if is_protocol(scope["path"]):
                await self._let_in_by_token(scope, presented_token(asked.headers), nodes=takes_nodes(scope["path"]))
            elif _is_guarded(scope["path"]):
                send = await self._let_in(scope, asked, send)
            elif scope["path"] in _TOKENS_TAKEN and (token := bearer_token(asked.headers)):
                await self._let_in_by_token(scope, token)
        except NacreError as error:
            await _turn_away(error, scope, receive, send)
            return
        await identified(self._app, scope, receive, send)

    async def _let_in(self, scope: Scope, asked: "_Asked", send: Send) -> Send:
        """Say in the scope who calls, and how to ask again later what goes on for long (nacre.surfaces.http.still).

        The `send` returned adds the session's next cookie when one is due.
        """
        token = bearer_token(asked.headers)
        if token is not None:
            await self._let_in_by_token(scope, token)
            return send
        secret = cookies.read(asked.headers, cookies.SESSION, secure=asked.secure)
        if secret is None:
            raise NotSignedIn(
                "no-token",
                "Requests over TCP carry a token, `Authorization: Bearer …`, or a session's cookie.",
                hint="Sign in, or make a token with `nacre token create`; on this machine the daemon's socket needs "
                "none.",
            )
        signed_in = await self._by_cookie(secret)
        refuse_forged(asked, signed_in)
        scope["principal"], scope["signed_in"] = signed_in.principal, signed_in
        scope["still"] = partial(self._daemon.service(Sessions).still, signed_in.session)
        return send if signed_in.fresh is None else _renewing(send, signed_in.fresh, asked.secure)

    async def _let_in_by_token(self, scope: Scope, token: str, *, nodes: bool = False) -> None:
        is_node = nodes and token.startswith(CREDENTIAL_PREFIX)
        authenticate = self._daemon.service(Nodes).authenticate if is_node else self._daemon.authenticate
        scope["still"] = partial(authenticate, token)
        scope["principal"] = await self._principal(scope["still"])

    async def _principal(self, authenticate: Callable[[], Principal | None]) -> Principal:
        principal = await anyio.to_thread.run_sync(authenticate)
        if principal is None:
            raise NotSignedIn(
                "bad-token", "This token is unknown, revoked or expired.", hint="Ask the owner for a new token."
            )
        return principal

    async def _by_cookie(self, secret: str) -> SignedIn:
        sessions = self._daemon.service(Sessions)
        signed_in = sessions.known(secret) or await anyio.to_thread.run_sync(sessions.authenticate, secret)
        if signed_in is None:
            raise NotSignedIn("session-over", "This session has ended.", hint="Sign in again.")
        return signed_in


@dataclass(frozen=True)
class _Asked:
    """What a request says of where it comes from."""

    headers: Headers
    method: str
    is_websocket: bool
    secure: bool

    @classmethod
    def of(cls, scope: Scope, secure: bool) -> "_Asked":
        is_websocket = scope["type"] == "websocket"
        secure = secure or scope.get("scheme") in {"https", "wss"}
        return cls(Headers(scope=scope), "GET" if is_websocket else scope["method"], is_websocket, secure)

    @property
    def own_origin(self) -> str:
        """This very origin as a browser writes it: scheme, host, and the port where it is not the usual one."""
        scheme, usual = ("https", ":443") if self.secure else ("http", ":80")
        return f"{scheme}://{self.headers.get('host', '').lower().removesuffix(usual)}"

    @property
    def origin(self) -> str | None:
        return self.headers.get("origin")

    @property
    def site(self) -> str | None:
        """What the browser says of the page that asks; no page can say it itself, and old browsers do not."""
        return self.headers.get("sec-fetch-site")

    @property
    def is_navigation(self) -> bool:
        return self.headers.get("sec-fetch-mode") == "navigate"


def bearer_token(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`; None without that header, NotSignedIn "no-token" for another kind."""
    said = headers.get("authorization")
    if said is None:
        return None
    scheme, _, token = said.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("no-token", "The Authorization header must be `Bearer` and a token.")
    return token.strip()


def refuse_other_sites(asked: _Asked) -> None:
    """A browser names the page's origin; only pages of this very one may call, whatever they carry."""
    if asked.origin is None:
        if asked.method not in _SAFE_METHODS and asked.site not in (None, "same-origin", "none"):
            raise _other_site("another site")
    elif asked.origin != asked.own_origin and (asked.is_websocket or asked.site != "same-origin"):
        raise _other_site(asked.origin)


def refuse_forged(asked: _Asked, signed_in: SignedIn) -> None:
    """What a browser was made to send by a page of another origin, the content's among them, cookie and all."""
    if asked.is_websocket:
        if asked.origin is None:
            raise _other_site("a page that does not say which")
    elif asked.method in _SAFE_METHODS:
        if asked.site not in (None, "same-origin", "none") and not asked.is_navigation:
            raise _other_site("another site")
    elif asked.origin is None and asked.site != "same-origin":
        raise _other_site("a page that does not say which")
    elif not hmac.compare_digest(asked.headers.get("x-nacre-csrf", "").encode(), signed_in.csrf.encode()):
        raise NotAllowed(
            "bad-csrf-token",
            "What changes something must carry the session's X-Nacre-CSRF.",
            hint="GET /api/session tells it; pages loaded long ago may have an old one: load them again.",
        )


async def _turn_away(error: NacreError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})  # unaccepted, so it answers 403
        return
    answer = refusal(error)
    if isinstance(error, NotSignedIn) and is_protocol(scope["path"]):
        answer.headers["WWW-Authenticate"] = CHALLENGE
    await answer(scope, receive, send)


def _other_site(which: str) -> NotAllowed:
    return NotAllowed("other-site", f"Pages of {which} may not call this Nacre.", hint="Call it from a program.")


def _is_guarded(path: str) -> bool:
    """All but the console's own files, a sign of life, and the way in."""
    return path not in _OPEN_PATHS and path.split("/")[1:2] in (["api"], ["mcp"])


def _renewing(send: Send, fresh: str, secure: bool) -> Send:
    """Hand out the session's next secret, unless the answer itself says something of that cookie."""

    async def send_renewing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if not any(cookies.names_in(value, cookies.SESSION) for value in headers.getlist("set-cookie")):
                max_age_s = int(LIVES_FOR.total_seconds())
                headers.append(
                    "Set-Cookie", cookies.setting(cookies.SESSION, fresh, secure=secure, max_age_s=max_age_s)
                )
        await send(message)

    return send_renewing


async def identified(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Give the request an id, return it as X-Request-Id, and let no crash reach the server once it is answered.

    No more of a body is taken than any call needs: not everybody comes by the gateway, which bounds it too.
    """
    if scope["type"] not in {"http", "websocket"}:
        await app(scope, receive, send)
        return
    request_id = scope.get("request_id") or secrets.token_hex(8)  # the gateway may have given it one, see behind.py
    scope["request_id"] = request_id
    answering, received_bytes = False, 0
    largest_bytes = math.inf if is_protocol(scope["path"]) else _LARGEST_BODY_BYTES

    async def receive_bounded() -> Message:
        nonlocal received_bytes
        message = await receive()
        if message["type"] == "http.request":
            received_bytes += len(message.get("body", b""))
            if received_bytes > largest_bytes and UNBOUNDED not in scope:
                raise TooLarge("body-too-large", "The request's body is larger than the API takes.")
        return message

    async def send_identified(message: Message) -> None:
        nonlocal answering
        if message["type"] in {"http.response.start", "websocket.accept"}:
            answering = True
            MutableHeaders(scope=message)["X-Request-Id"] = request_id
        await send(message)

    try:
        await app(scope, receive_bounded, send_identified)
    except Exception:
        # The app's crash handler has logged it and answered; only a crash before any answer is the server's matter.
        if not answering:
            raise
