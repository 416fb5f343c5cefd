"""GET /handoff on the console's origin: sends a signed-in browser back to the content it came from.

To another host it carries a code. On the console's own host it carries the cookie itself, for a host's ports have their
cookies in common: all content is one origin there, so a page of it could read a code out of a frame's address.
"""

import asyncio
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote, urlencode

from starlette.types import Receive, Scope, Send

from nacre.core.errors import NotSignedIn
from nacre.gateway import cookies
from nacre.gateway.asgi import Reply, SetCookie, cookie_of, headers_of, query_of, redirected
from nacre.gateway.authorise import ascii_location, is_local
from nacre.gateway.site import Site, without_port

S = TypeVar("S")
Found = TypeVar("Found", covariant=True)
Shown = TypeVar("Shown", contravariant=True)
SIGN_IN = "/sign-in"
"""The console's page; `next` is where it goes on to."""


class Sessions(Protocol[Found]):
    """Whom the console's cookie stands for."""

    def authenticate(self, secret: str) -> Found | None: ...


class Codes(Protocol[Shown]):
    def issue(self, signed_in: Shown, host: str) -> str: ...

    def redeem(self, code: str, host: str) -> str:
        """The cookie for a code. Raises NotSignedIn."""


class Handover(Generic[S]):
    """An ASGI app."""

    def __init__(self, site: Site, sessions: Sessions[S], codes: Codes[S]) -> None:
        self._site = site
        self._sessions = sessions
        self._codes = codes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(scope)).send(send)

    async def _answer(self, scope: Scope) -> Reply:
        asked, query = headers_of(scope), query_of(scope)
        host, to, state = (query.get(name, "") for name in ("host", "to", "state"))
        if scope["method"] != "GET" or not self._is_ours(host, asked.get("host", "")) or not is_local(to):
            return Reply(400)
        secret = cookie_of(asked.get("cookie", ""), cookies.SESSION)
        signed_in = await asyncio.to_thread(self._sessions.authenticate, secret) if secret else None
        if signed_in is None:
            return _to_sign_in(scope)
        code = self._codes.issue(signed_in, host)
        if self._site.domain:
            return redirected(f"https://{host}/.nacre/handoff?{urlencode({'code': code, 'to': to, 'state': state})}")
        try:
            cookie = await asyncio.to_thread(self._codes.redeem, code, host)
        except NotSignedIn:  # signed out meanwhile
            return _to_sign_in(scope)
        return redirected(
            f"https://{host}{ascii_location(to)}",
            str(SetCookie(cookies.CONTENT, cookie)),
            str(SetCookie(cookies.STATE, "", 0)),
        )

    def _is_ours(self, host: str, console: str) -> bool:
        """Codes go to our own content origins only."""
        if not self._site.domain:
            return f"https://{host}" == self._site.content_for(console)
        name, below = without_port(host), f".{self._site.domain}"
        label = name.removesuffix(below)
        is_label = bool(label) and name.endswith(below) and label.replace("-", "").isalnum()
        return is_label and host[len(name) :] == self._site.content[len("https://content") + len(below) :]


def _to_sign_in(scope: Scope) -> Reply:
    here = f"/handoff?{scope['query_string'].decode('latin-1')}"
    return redirected(f"{SIGN_IN}?next={quote(here, safe='')}")
