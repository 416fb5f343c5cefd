"""Answers Caddy's question before each request to people's content: which socket to dial, or what to show instead.

A bare ASGI app, for it runs once for every request (bench/gateway.py measures what that costs).
"""

import asyncio
import secrets
from typing import Protocol
from urllib.parse import quote, urlencode

from starlette.types import Receive, Scope, Send

from nacre.core.errors import NotSignedIn
from nacre.core.principals import Principal
from nacre.gateway import cookies
from nacre.gateway.asgi import (
    Reply,
    SetCookie,
    cookie_of,
    headers_of,
    query_of,
    redirected,
    shown,
    shown_page,
)
from nacre.gateway.certificates import Names
from nacre.gateway.limits import Limits
from nacre.gateway.pages import language_of
from nacre.gateway.reach import Page, Reach, Upstream
from nacre.gateway.site import Site
from nacre.gateway.targets import Bare, Target, target_of

_STATE_LASTS_S = 300


class ContentSessions(Protocol):
    """Whom a cookie on the content origin stands for; `host` is name and port, as in the Host header."""

    def known(self, cookie: str, host: str) -> Principal | None:
        """From memory alone, at once."""

    def authenticate(self, cookie: str, host: str) -> Principal | None: ...

    def redeem(self, code: str, host: str) -> str:
        """The cookie for a code. Raises NotSignedIn."""


class Authoriser:
    """The app on run/authorise.sock, which Caddy alone can reach."""

    def __init__(self, site: Site, sessions: ContentSessions, reach: Reach, names: Names, limits: Limits) -> None:
        self._site = site
        self._sessions = sessions
        self._reach = reach
        self._names = names
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/authorise":
                reply = await self._authorise(headers_of(scope))
            case "/.nacre/handoff":
                reply = await self._receive_sign_in(headers_of(scope), dict(query_of(scope)))
            case "/permission":
                known = await self._names.known(query_of(scope).get("domain", ""))
                reply = Reply(200 if known else 404)
            case _:
                reply = shown_page(404, "nothing", language_of(headers_of(scope).get("accept-language", "")))
        await reply.send(send)

    async def _authorise(self, asked: dict[str, str]) -> Reply:
        host, uri, language = asked["x-host"], asked["x-uri"], language_of(asked["accept-language"])
        target = target_of(host, uri, self._site.domain)
        if target is None:
            return shown_page(404, "nothing", language)
        if isinstance(target, Bare):
            return redirected(ascii_location(target.location), status=308)
        if _is_of_another_site(asked, host):
            return shown_page(403, "other-site", language)
        who = await self._signed_in(cookie_of(asked["cookie"], cookies.CONTENT), host)
        if who is None:
            return self._sign_in_first(asked, host, uri)
        found = await self._reach.find(target, who, language)
        if isinstance(found, Page):
            return shown(found.status, found.html)
        if _should_move(found, target, asked):
            return redirected(ascii_location(found.canonical + uri[len(target.base) :]))
        told = [(b"x-nacre-upstream", f"unix/{found.socket}".encode()), (b"x-nacre-person", who.person.encode())]
        if found.strip_prefix:
            told.append((b"x-nacre-strip", found.strip_prefix.encode()))
        if found.add_prefix:
            told.append((b"x-nacre-add", found.add_prefix.encode()))
        return Reply(204, tuple(told))

    async def _signed_in(self, cookie: str, host: str) -> Principal | None:
        if not cookie:
            return None
        return self._sessions.known(cookie, host) or await asyncio.to_thread(self._sessions.authenticate, cookie, host)

    def _sign_in_first(self, asked: dict[str, str], host: str, uri: str) -> Reply:
        """Pages go by the console, which may know the browser; what a page loads is refused."""
        language = language_of(asked["accept-language"])
        if not self._limits.take(asked["x-forwarded-for"]):
            return shown_page(429, "too-many", language)
        if asked["x-method"] != "GET" or not _is_page(asked):
            return shown_page(401, "signed-out", language)
        state = secrets.token_urlsafe(18)
        query = urlencode({"host": host, "to": uri, "state": state})
        return redirected(
            f"{self._site.console_for(host)}/handoff?{query}", str(SetCookie(cookies.STATE, state, _STATE_LASTS_S))
        )

    async def _receive_sign_in(self, asked: dict[str, str], query: dict[str, str]) -> Reply:
        """Turn the console's code into a cookie, if this browser is the one that went to fetch it."""
        language, host = language_of(asked.get("accept-language", "")), asked.get("host", "")
        state, to = cookie_of(asked.get("cookie", ""), cookies.STATE), query.get("to", "/")
        if not state or not secrets.compare_digest(state, query.get("state", "")) or not is_local(to):
            return shown_page(401, "signed-out", language)
        try:
            cookie = await asyncio.to_thread(self._sessions.redeem, query.get("code", ""), host)
        except NotSignedIn:
            return shown_page(401, "signed-out", language)
        return redirected(
            ascii_location(to), str(SetCookie(cookies.CONTENT, cookie)), str(SetCookie(cookies.STATE, "", 0))
        )


def is_local(location: str) -> bool:
    """Whether it leads to this origin whatever a browser makes of it: one slash first, and no backslash."""
    return (
        location.startswith("/") and not location.startswith("//") and "\\" not in location and location.isprintable()
    )


def _is_of_another_site(asked: dict[str, str], host: str) -> bool:
    """Whether a page of another origin makes this call: the cookie came along, but the person did not ask for it.

    Following a link to a page is always fine; that is how one gets here.
    """
    origin = asked["origin"]
    if origin and origin.lower() != f"https://{host.lower()}":
        return True
    follows_link = asked["x-method"] == "GET" and asked["sec-fetch-mode"] == "navigate"
    return asked["sec-fetch-site"] in {"cross-site", "same-site"} and not follows_link


def _should_move(found: Upstream, target: Target, asked: dict[str, str]) -> bool:
    """Whether a person opens a page at another base than the program knows: its own links and routes would not fit, and
    with a domain it would share an origin with people's tools."""
    opens_page = asked["x-method"] == "GET" and _is_page(asked)
    return opens_page and found.canonical not in ("", target.base)


def _is_page(asked: dict[str, str]) -> bool:
    if asked["x-upgrade"]:
        return False
    mode = asked["sec-fetch-mode"]
    return mode == "navigate" if mode else "text/html" in asked["accept"]


def ascii_location(location: str) -> str:
    return quote(location, safe="/?#[]@!$&'()*+,;=:%~-._")
