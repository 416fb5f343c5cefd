"""Who calls, for clients that know names and passwords: the password is a token, and the name is anything."""

import base64
import binascii

from starlette.datastructures import Headers

from nacre.core.errors import NotSignedIn

CHALLENGE = 'Basic realm="Nacre"'


def presented_token(headers: Headers) -> str:
    """The token of `Authorization: Basic …` or `Bearer …`. Raises NotSignedIn "no-token" without one."""
    scheme, _, said = headers.get("authorization", "").partition(" ")
    token = _password(said) if scheme.lower() == "basic" else said if scheme.lower() == "bearer" else ""
    if not token.strip():
        raise NotSignedIn(
            "no-token",
            "Here a name and a token as its password are asked for.",
            hint="`nacre token create` makes one; any name goes with it.",
        )
    return token.strip()


def _password(said: str) -> str:
    try:
        return base64.b64decode(said, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
