"""The cookies of the console's origin: their names, and the headers that set and clear them.

Over TLS they carry the prefix `__Host-`: browsers then take them from this very host alone, for all of it, and by TLS.
"""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

SESSION = "nacre-session"
DEVICE = "nacre-device"
OPENID = "nacre-openid"


def read(headers: Headers, name: str, *, secure: bool) -> str | None:
    """The value of one of our cookies."""
    return cookie_parser(headers.get("cookie", "")).get(_full(name, secure)) or None


def setting(name: str, value: str, *, secure: bool, max_age_s: int) -> str:
    """A Set-Cookie header. Lax: a link from elsewhere opens the console signed in, a form from there is a stranger."""
    tail = "; Secure" if secure else ""
    return f"{_full(name, secure)}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{tail}"


def clearing(name: str, *, secure: bool) -> str:
    return setting(name, "", secure=secure, max_age_s=0)


def names_in(set_cookie: str, name: str) -> bool:
    """Whether a Set-Cookie header is about this cookie."""
    return set_cookie.partition("=")[0] in (name, f"__Host-{name}")


def _full(name: str, secure: bool) -> str:
    return f"__Host-{name}" if secure else name
