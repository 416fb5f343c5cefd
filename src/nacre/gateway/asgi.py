"""The little of ASGI that the gateway's own apps need; a framework would cost more than what they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Scope, Send

from nacre.gateway.pages import POLICY, Kind, Language, page


@dataclass(frozen=True)
class Reply:
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    async def send(self, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        headers = self.headers if self.status == 204 else (*self.headers, length)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def shown(status: int, html: str) -> Reply:
    """A page of the platform's in place of content."""
    return Reply(
        status,
        (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
        ),
        html.encode(),
    )


def shown_page(status: int, kind: Kind, language: Language) -> Reply:
    return shown(status, page(kind, language))


def redirected(location: str, *cookies: str, status: int = 303) -> Reply:
    """Onwards, with cookies to set. Raises ValueError for what cannot stand in a header."""
    if any(ord(letter) < 0x20 or ord(letter) > 0x7E for letter in location):
        raise ValueError("a location holds only printable ASCII")
    setting = tuple((b"set-cookie", cookie.encode()) for cookie in cookies)
    return Reply(status, ((b"location", location.encode()), (b"cache-control", b"no-store"), *setting))


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their lower-case names; of repeated ones the last counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def query_of(scope: Scope) -> Mapping[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1")))


def cookie_of(header: str, name: str) -> str:
    """The value of a cookie, empty when there is none."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


@dataclass(frozen=True)
class SetCookie:
    """A cookie of this very host, for no script to read."""

    name: str
    value: str
    max_age_s: int | None = None

    def __str__(self) -> str:
        lasts = "" if self.max_age_s is None else f"; Max-Age={self.max_age_s}"
        return f"{self.name}={self.value}; Path=/; Secure; HttpOnly; SameSite=Lax{lasts}"
