"""The server's half of SCRAM-SHA-256, as PostgreSQL's clients speak it. (RFC 5802, RFC 7677, RFC 5929)"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from nacre.engines.pgwire.errors import SqlError

PLAIN, BOUND = "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"
_VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_FIRST = re.compile(r"((n|y|p=tls-server-end-point),,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+))")
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
    """One sign-in: `first` answers the client's first message, `final` its last.

    `end_point` names the TLS connection, where it can: a sign-in bound to it cannot have passed through a third.
    """

    def __init__(self, verifier: str, end_point: bytes | None = None) -> None:
        self._verifier = _Verifier.of(verifier)
        self._end_point = end_point

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Those that are offered."""
        return (PLAIN,) if self._end_point is None else (BOUND, PLAIN)

    def first(self, mechanism: str, said: bytes) -> bytes:
        """Raises SqlError 28000 for what is no first message, or says that binding was not offered where it was."""
        found = _FIRST.fullmatch(_text(said))
        if mechanism not in self.mechanisms or found is None:
            raise _malformed()
        header, binding, bare, nonce = found.groups()
        if binding.startswith("p") != (mechanism == BOUND) or (binding == "y" and self._end_point is not None):
            raise _malformed()
        self._bound = header.encode() + (self._end_point or b"" if mechanism == BOUND else b"")
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
        if bound != self._bound or len(proof) != 32:
            raise _malformed()
        talk = f"{self._talk},{found[1]}".encode()
        signature = hmac.digest(self._verifier.stored_key, talk, "sha256")
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key):
            raise SqlError("28P01", "The name or the password is wrong.")
        return b"v=" + base64.b64encode(hmac.digest(self._verifier.server_key, talk, "sha256"))


def end_point(certificate_der: bytes) -> bytes:
    """What tls-server-end-point is for a server of this certificate. (RFC 5929, section 4.1)"""
    from cryptography import x509  # a tenth of a second, which only those who serve TLS need

    signed_with = x509.load_der_x509_certificate(certificate_der).signature_hash_algorithm
    weak = signed_with is None or signed_with.name in ("md5", "sha1")
    return hashlib.new("sha256" if signed_with is None or weak else signed_with.name, certificate_der).digest()


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
