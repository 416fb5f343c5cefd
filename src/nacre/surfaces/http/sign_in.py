"""Signing in and out over HTTP. These are no operations: what they answer with is a cookie, and for browsers alone."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from anyio.to_thread import run_sync
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nacre.accounts.account import Account
from nacre.accounts.links import Promise
from nacre.accounts.openid import OpenIds
from nacre.accounts.people import Language, People
from nacre.accounts.sessions import LIVES_FOR, SignedIn, Visitor
from nacre.accounts.sign_in import Chosen, Entered, SignIn
from nacre.core.errors import InvalidInput, NacreError, NotSignedIn, TooLarge
from nacre.core.operations import Answer
from nacre.core.validation import first_fault
from nacre.gateway.authorise import is_local
from nacre.surfaces.http import cookies
from nacre.surfaces.http.route import route
from nacre.surfaces.http.served import Served

_LARGEST_BODY_BYTES = 16 << 10
_OPENID_FOR_S = 600
_DEVICE_FOR_S = 2 * 365 * 24 * 3600


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignInByPassword(_Said):
    """`person` is a name or an e-mail address."""

    person: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)


class ShowLink(_Said):
    link: str = Field(max_length=200)


class FollowLink(_Said):
    """`person`, the name to be known by, is the first person's to choose; the link knows everybody else's."""

    link: str = Field(max_length=200)
    password: SecretStr = Field(max_length=1000)
    person: str | None = Field(None, max_length=39)
    name: str | None = Field(None, min_length=1, max_length=80)
    language: Language | None = None


class SessionShown(Answer):
    """Who is signed in. `person` is the slug, `name` what others see, `projects` the roles in single projects.

    With `members_only`, other projects are out of reach; without, `role` holds in all of them. What changes anything
    carries `csrf` as X-Nacre-CSRF; a caller with a token, who needs none, is told none.
    """

    person: str
    name: str
    email: str | None
    role: str
    language: str | None
    members_only: bool
    projects: dict[str, str]
    csrf: str | None
    expires_at: datetime | None


class WaysIn(Answer):
    """`openid` is what the OpenID provider is called, None where there is none; `first` that nobody is here yet."""

    password: Literal[True] = True
    openid: str | None
    first: bool


Body = TypeVar("Body", bound=_Said)


class SignInRoutes:
    def __init__(self, daemon: Served) -> None:
        self._daemon = daemon

    async def ways_in(self, request: Request) -> Response:
        first = await run_sync(self._daemon.service(People).none_yet)
        openid = self._daemon.service(OpenIds).one
        return _json(WaysIn(openid=openid.provider.name if openid else None, first=first))

    async def by_password(self, request: Request) -> Response:
        said = await _body(request, SignInByPassword)
        secure = request.scope["secure"]
        device = cookies.read(request.headers, cookies.DEVICE, secure=secure)
        entered = await run_sync(
            self._sign_in.with_password,
            said.person,
            said.password.get_secret_value(),
            device,
            *_visit(request),
        )
        return await self._entered(entered, secure)

    async def show_link(self, request: Request) -> Response:
        said = await _body(request, ShowLink)
        return _json(await run_sync(self._sign_in.look_at_link, said.link))

    async def by_link(self, request: Request) -> Response:
        said = await _body(request, FollowLink)
        chosen = Chosen(said.password.get_secret_value(), said.person, said.name, said.language)
        entered = await run_sync(self._sign_in.with_link, said.link, chosen, *_visit(request))
        return await self._entered(entered, request.scope["secure"])

    async def openid_start(self, request: Request) -> Response:
        to = request.query_params.get("next", "/")
        begun = await run_sync(self._daemon.service(OpenIds).required().begin, to if is_local(to) else "/")
        answer = _redirect(begun.url)
        binding = cookies.setting(
            cookies.OPENID, begun.binding, secure=request.scope["secure"], max_age_s=_OPENID_FOR_S
        )
        answer.headers.append("Set-Cookie", binding)
        return answer

    async def openid_callback(self, request: Request) -> Response:
        """Whatever comes of it, the browser ends on a page of the console: nobody reads JSON here."""
        secure = request.scope["secure"]
        binding = cookies.read(request.headers, cookies.OPENID, secure=secure)
        openid = self._daemon.service(OpenIds).required()
        try:
            said = dict(request.query_params)
            entered, to = await run_sync(openid.finish, said, binding, *_visit(request))
        except NacreError as error:
            answer = _redirect(f"/sign-in#error={error.code}")
        else:
            answer = _redirect(to)
            answer.headers.append("Set-Cookie", session_cookie(entered, secure))
        answer.headers.append("Set-Cookie", cookies.clearing(cookies.OPENID, secure=secure))
        return answer

    async def sign_out(self, request: Request) -> Response:
        secure = request.scope["secure"]
        await run_sync(self._sign_in.out, _signed_in(request), request.scope["request_id"])
        return Response(status_code=204, headers={"Set-Cookie": cookies.clearing(cookies.SESSION, secure=secure)})

    async def session(self, request: Request) -> Response:
        signed_in = request.scope.get("signed_in")
        return _json(await run_sync(self._shown, request.scope["principal"], signed_in))

    async def _entered(self, entered: Entered, secure: bool) -> Response:
        signed_in = entered.signed_in
        self._daemon.bus.emit("sign-in", str(signed_in.principal), None, None, {})
        answer = _json(await run_sync(self._shown, signed_in.principal, signed_in))
        answer.headers.append("Set-Cookie", session_cookie(entered, secure))
        if entered.device is not None:
            answer.headers.append(
                "Set-Cookie",
                cookies.setting(cookies.DEVICE, entered.device, secure=secure, max_age_s=_DEVICE_FOR_S),
            )
        return answer

    def _shown(self, who: Any, signed_in: SignedIn | None) -> SessionShown:
        account = self._daemon.service(Account).show(who)
        return SessionShown(
            person=account.name,
            name=account.display_name,
            email=account.email,
            role=account.role,
            language=account.language,
            members_only=account.members_only,
            projects=account.memberships,
            csrf=signed_in.csrf if signed_in else None,
            expires_at=signed_in.expires_at if signed_in else None,
        )

    @property
    def _sign_in(self) -> SignIn:
        return self._daemon.service(SignIn)


def session_cookie(entered: Entered, secure: bool) -> str:
    """The Set-Cookie header of a session that was just opened."""
    max_age_s = int(LIVES_FOR.total_seconds())
    return cookies.setting(cookies.SESSION, entered.cookie, secure=secure, max_age_s=max_age_s)


def _visit(request: Request) -> tuple[Visitor, str]:
    return request.scope["visitor"], request.scope["request_id"]


def _signed_in(request: Request) -> SignedIn:
    signed_in = request.scope.get("signed_in")
    if not isinstance(signed_in, SignedIn):
        raise NotSignedIn("no-session", "This call carries no session's cookie.", hint="A token is revoked instead.")
    return signed_in


async def _body(request: Request, model: type[Body]) -> Body:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidInput("bad-json", "The body must be JSON, and its Content-Type must say so.")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > _LARGEST_BODY_BYTES:
            raise TooLarge("body-too-large", "The request's body is larger than a sign-in takes.")
    try:
        return model.model_validate(json.loads(read))
    except ValidationError as error:
        where, fault = first_fault(error, "body")
        raise InvalidInput("bad-input", f"“{where}”: {fault}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("bad-json", "The request's body is not JSON.") from None


def _redirect(to: str) -> Response:
    headers = {"Location": quote(to, safe="/?#[]@!$&'()*+,;=:%~-._"), "Cache-Control": "no-store"}
    return Response(status_code=303, headers=headers | {"Referrer-Policy": "no-referrer"})


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Way:
    """`endpoint` is the method of SignInRoutes that answers."""

    endpoint: str
    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None


WAYS = (
    Way("ways_in", "GET", "/api/sign-in", "Say how one can sign in here.", WaysIn),
    Way("by_password", "POST", "/api/sign-in", "Sign in by password.", SessionShown, SignInByPassword),
    Way("show_link", "POST", "/api/sign-in/link/show", "Say what a one-time link leads to.", Promise, ShowLink),
    Way(
        "by_link", "POST", "/api/sign-in/link", "Follow a one-time link: choose a password, and be signed in.",
        SessionShown, FollowLink,
    ),
    Way(
        "openid_start", "GET", "/api/sign-in/oidc/start", "Go to the OpenID provider, and come back to `next`.", None
    ),
    Way("openid_callback", "GET", "/api/sign-in/oidc/callback", "Come back from the OpenID provider.", None),
    Way("sign_out", "POST", "/api/sign-out", "Sign out of this session.", None),
    Way("session", "GET", "/api/session", "Say who is signed in.", SessionShown),
)  # fmt: skip


def sign_in_routes(daemon: Served) -> list[Route]:
    answering = SignInRoutes(daemon)
    return [route(way.path, way.method, getattr(answering, way.endpoint)) for way in WAYS]
