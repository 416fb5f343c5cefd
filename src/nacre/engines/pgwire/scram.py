"""The server's half of SCRAM-SHA-256, as PostgreSQL's clients speak it. (RFC 5802, RFC 7677)"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from nacre.engines.pgwire.errors import SqlError

MECHANISM = "SCRAM-SHA-256"
_VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_FIRST = re.compile(r"([ny]),,(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+))")
_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class _Verifier:
    iterations: int
    salt: str
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, text: str) -> "_Verifier":
        found = _VERIFIER.fullmatch(text)
        if found is None:
            raise ValueError("this is no SCRAM-SHA-256 verifier")
        iterations, salt, stored, server = found.groups()
        return cls(int(iterations), salt, base64.b64decode(stored), base64.b64decode(server))


class Scram:
    """One sign-in: `first` answers the client's first message, `final` its last."""

    def __init__(self, verifier: str) -> None:
        self._verifier = _Verifier.of(verifier)

    def first(self, said: bytes) -> bytes:
        """Raises SqlError 28000 for what is no first message. Channel binding is not offered: none may be claimed."""
        found = _FIRST.fullmatch(_text(said))
        if found is None:
            raise _malformed()
        self._binding, bare, nonce = found[1], found[2], found[3]
        self._nonce = nonce + base64.b64encode(secrets.token_bytes(18)).decode()
        answer = f"r={self._nonce},s={self._verifier.salt},i={self._verifier.iterations}"
        self._talk = f"{bare},{answer}"
        return answer.encode()

    def final(self, said: bytes) -> bytes:
        """The proof that the server knows the verifier, too. Raises SqlError 28P01 for a wrong password."""
        found = _FINAL.fullmatch(_text(said))
        if found is None or found[3] != self._nonce:
            raise _malformed()
        bound, proof = _decoded(found[2]), _decoded(found[4])
        if bound != f"{self._binding},,".encode() or len(proof) != 32:
            raise _malformed()
        talk = f"{self._talk},{found[1]}".encode()
        signature = hmac.digest(self._verifier.stored_key, talk, "sha256")
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key):
            raise SqlError("28P01", "The name or the password is wrong.")
        return b"v=" + base64.b64encode(hmac.digest(self._verifier.server_key, talk, "sha256"))


def _text(said: bytes) -> str:
    try:
        return said.decode("ascii")
    except UnicodeDecodeError as error:
        raise _malformed() from error


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _malformed() from error


def _malformed() -> SqlError:
    return SqlError("28000", "This sign-in does not follow SCRAM-SHA-256.")
