"""Signing in through an OpenID Connect provider: the code flow with PKCE, state and nonce.

Whoever the provider vouches for is let in only if they were invited by that e-mail address, or its domain is allowed.
From then on they are known by the provider's own name for them, whatever becomes of the address.
"""

import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, select, update

from nacre.accounts.people import People
from nacre.accounts.secrets import digest, new_secret
from nacre.accounts.sessions import Visitor
from nacre.accounts.sign_in import Entered, SignIn
from nacre.accounts.tables import identities, people
from nacre.core.clock import Clock
from nacre.core.errors import Failed, InvalidInput, NotFound, NotSignedIn
from nacre.core.store.store import Store

_PENDING_FOR = timedelta(minutes=10)
_MOST_PENDING = 1000
_TIMEOUT_S = 10.0
_LEEWAY_S = 60
# Signatures that only the provider can make: none of those that share our own client secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


@dataclass(frozen=True)
class Provider:
    """`admins` are e-mail addresses, `domains` what may follow the @; both in lower case."""

    issuer: str
    client_id: str
    client_secret_file: Path | None
    name: str
    admins: frozenset[str]
    domains: frozenset[str]

    @property
    def client_secret(self) -> str | None:
        """Read afresh each time, so that it can be changed. Raises Failed "openid-secret-unreadable"."""
        if self.client_secret_file is None:
            return None
        try:
            return self.client_secret_file.read_text().strip()
        except OSError as error:
            raise Failed(
                "openid-secret-unreadable",
                f"The OpenID client secret cannot be read: {error}.",
                hint="The setting oidc_client_secret_file names a file that the daemon's user can read.",
            ) from error


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and what it must bring back in a cookie."""

    url: str
    binding: str


@dataclass(frozen=True)
class _Pending:
    binding: str
    nonce: str
    verifier: str
    next: str
    until: datetime


@dataclass(frozen=True)
class _Vouched:
    """What the provider says of who has signed in there; `email` only when it has verified it."""

    subject: str
    email: str | None
    name: str
    username: str


class OpenId:
    """`redirect_uri` is our callback as registered with the provider. Methods block, on the network too."""

    def __init__(
        self, provider: Provider, redirect_uri: str, store: Store, clock: Clock, people_: People, sign_in: SignIn
    ) -> None:
        self.provider = provider
        self._redirect_uri = redirect_uri
        self._store = store
        self._clock = clock
        self._people = people_
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}

    def begin(self, next_: str) -> Begun:
        """Start a sign-in that goes on to `next_`. Raises Failed "openid-unreachable", "openid-misconfigured"."""
        facts = self._discover()
        state, pending = new_secret(), self._new_pending(next_)
        with self._client() as client:
            url, _ = client.create_authorization_url(
                facts["authorization_endpoint"], state=state, nonce=pending.nonce, code_verifier=pending.verifier
            )
        with self._lock:
            self._forget_old()
            self._pending[state] = pending
        return Begun(url, pending.binding)

    def finish(
        self, said: Mapping[str, str], binding: str | None, visitor: Visitor, request_id: str
    ) -> tuple[Entered, str]:
        """What the provider sent the browser back with → a session, and where to go on to.

        Raises NotSignedIn "openid-expired", "openid-refused", "not-invited", "person-disabled", Failed.
        """
        pending = self._take(said.get("state", ""), binding)
        told = {"address": visitor.address, "issuer": self.provider.issuer}
        with self._sign_in.audited("sign-in.openid", "nobody", told, request_id) as noted:
            if "code" not in said or said.get("iss", self.provider.issuer) != self.provider.issuer:
                raise NotSignedIn(
                    "openid-refused",
                    f"{self.provider.name} did not sign you in: {said.get('error', 'no code')[:100]}.",
                    hint="Try again, or ask whoever runs it.",
                )
            vouched = self._redeem(said["code"], pending)
            told["email"] = vouched.email or ""
            entered = self._sign_in.enter(self._person(vouched), None, visitor, "openid")
            noted.who = str(entered.signed_in.principal)
            return entered, pending.next

    def _new_pending(self, next_: str) -> _Pending:
        until = self._clock() + _PENDING_FOR
        return _Pending(new_secret(), new_secret(), secrets.token_urlsafe(48), next_, until)

    def _forget_old(self) -> None:
        now = self._clock()
        self._pending = {state: each for state, each in self._pending.items() if each.until > now}
        while len(self._pending) >= _MOST_PENDING:
            self._pending.pop(next(iter(self._pending)))

    def _take(self, state: str, binding: str | None) -> _Pending:
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or pending.until <= self._clock() or digest(binding or "") != digest(pending.binding):
            raise NotSignedIn(
                "openid-expired", "This sign-in took too long, or was begun in another browser.", hint="Try again."
            )
        return pending

    def _redeem(self, code: str, pending: _Pending) -> _Vouched:
        """The provider's word for the code, its signature, issuer, audience, times and nonce checked."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        facts = self._discover()
        offered = facts.get("id_token_signing_alg_values_supported") or ["RS256"]
        try:
            with self._client() as client:
                token = client.fetch_token(facts["token_endpoint"], code=code, code_verifier=pending.verifier)
                keys = KeySet.import_key_set(self._get(facts["jwks_uri"]))
            algorithms = [name for name in offered if name in _ALGORITHMS]
            shown = jwt.decode(token["id_token"], keys, algorithms=algorithms)
            claims = CodeIDToken(
                shown.claims,
                shown.header,
                {"iss": {"essential": True, "value": self.provider.issuer}},
                {"nonce": pending.nonce, "client_id": self.provider.client_id, "access_token": token["access_token"]},
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=_LEEWAY_S)
            _check_audience(claims, self.provider.client_id, pending.nonce)
        except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
            raise Failed(
                "openid-failed",
                f"What {self.provider.name} answered cannot be trusted: {type(error).__name__}: {error}.",
                hint="Try again. If it stays so, compare the settings oidc_… with the provider's, and the clocks.",
            ) from error
        return _vouched(claims)

    def _person(self, vouched: _Vouched) -> int:
        with self._store.write() as connection:
            known = connection.execute(
                select(people)
                .join_from(people, identities, identities.c.person_id == people.c.id)
                .where(identities.c.issuer == self.provider.issuer, identities.c.subject == vouched.subject)
            ).one_or_none()
            person = known or self._invited(connection, vouched) or self._of_domain(connection, vouched)
            if person is None:
                raise NotSignedIn(
                    "not-invited",
                    f"{vouched.email or 'Your account without a verified e-mail address'} is not invited here.",
                    hint="Ask an admin: `nacre person invite NAME --email …`.",
                )
            if person.disabled_at is not None:
                raise NotSignedIn("person-disabled", "Your account is disabled.", hint="Ask an admin.")
            if known is None:
                self._link(connection, person, vouched)
            return int(person.id)

    def _invited(self, connection: Connection, vouched: _Vouched) -> Row[Any] | None:
        """Whoever was invited by this address, unless the provider knows them as somebody else already."""
        if vouched.email is None:
            return None
        linked = select(identities.c.person_id).where(identities.c.issuer == self.provider.issuer)
        query = select(people).where(people.c.email == vouched.email, people.c.id.not_in(linked))
        return connection.execute(query).one_or_none()

    def _of_domain(self, connection: Connection, vouched: _Vouched) -> Row[Any] | None:
        email = vouched.email
        if email is None or not (email in self.provider.admins or email.rpartition("@")[2] in self.provider.domains):
            return None
        if connection.execute(select(people.c.id).where(people.c.email == email)).first():
            return None  # that address is a person's whom the provider knows as somebody else
        name = _free_name(connection, vouched.username or email.partition("@")[0])
        by = f"openid:{self.provider.issuer}"
        number = self._people.add(connection, name, vouched.name, email, "user", "en", by)
        return connection.execute(select(people).where(people.c.id == number)).one()

    def _link(self, connection: Connection, person: Row[Any], vouched: _Vouched) -> None:
        connection.execute(
            insert(identities).values(
                person_id=person.id, issuer=self.provider.issuer, subject=vouched.subject, created_at=self._clock()
            )
        )
        if vouched.email in self.provider.admins:
            connection.execute(update(people).where(people.c.id == person.id).values(role="admin"))

    def _discover(self) -> dict[str, Any]:
        facts: dict[str, Any] = self._get(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if facts.get("issuer") != self.provider.issuer:
            raise Failed(
                "openid-misconfigured",
                f"The provider calls itself {facts.get('issuer')!r}, the setting oidc_issuer {self.provider.issuer!r}.",
                hint="They must be the same, to the last slash.",
            )
        return facts

    def _get(self, url: str) -> Any:
        import httpx

        try:
            return httpx.get(url, timeout=_TIMEOUT_S).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Failed(
                "openid-unreachable",
                f"{self.provider.name} does not answer at {url}: {type(error).__name__}: {error}.",
                hint="Look whether this machine reaches it; sign-in by password goes on working.",
            ) from error

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self.provider.client_secret
        return OAuth2Client(
            self.provider.client_id,
            secret,
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            timeout=_TIMEOUT_S,
        )


@dataclass(frozen=True)
class OpenIds:
    """The OpenID sign-in, if the settings name a provider."""

    one: OpenId | None

    def required(self) -> OpenId:
        """Raises NotFound "no-openid"."""
        if self.one is None:
            raise NotFound("no-openid", "Nobody signs in through OpenID here.", hint="Sign in by password.")
        return self.one


def provider_of(
    issuer: str, client_id: str, client_secret_file: Path | None, name: str, admins: str, domains: str
) -> Provider | None:
    """The provider that the settings name, or None. Raises InvalidInput "bad-settings"."""
    if not issuer:
        return None
    parts = urlsplit(issuer)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not client_id or not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        raise InvalidInput(
            "bad-settings",
            "The setting “oidc_issuer” must be an https:// address, and “oidc_client_id” must be given with it.",
            hint="`nacre config show` lists every setting and where its value comes from.",
        )
    return Provider(issuer, client_id, client_secret_file, name, _listed(admins), _listed(domains))


def _listed(text: str) -> frozenset[str]:
    return frozenset(each.strip().lower().lstrip("@") for each in text.split(",") if each.strip())


def _check_audience(claims: Mapping[str, Any], client_id: str, nonce: str) -> None:
    """What Authlib checks only when a claim is there must be there: the token is for us, and for this very sign-in."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if client_id not in audience or claims.get("nonce") != nonce:
        raise ValueError("the token is for another client or another sign-in")


def _vouched(claims: Mapping[str, Any]) -> _Vouched:
    email = str(claims.get("email") or "").strip().lower()
    verified = claims.get("email_verified") is True
    return _Vouched(
        subject=str(claims["sub"]),
        email=email if email and verified else None,
        name=str(claims.get("name") or "")[:80],
        username=str(claims.get("preferred_username") or ""),
    )


def _free_name(connection: Connection, wish: str) -> str:
    """A slug as like the wish as can be that nobody has yet."""
    plain = re.sub(r"[^a-z0-9]+", "-", wish.partition("@")[0].lower()).strip("-0123456789")[:32].strip("-")
    name = "person" if plain in ("", "owner") else plain
    taken = set(connection.execute(select(people.c.name).where(people.c.name.startswith(name))).scalars())
    return next(each for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if each not in taken)
