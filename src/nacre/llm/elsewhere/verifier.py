"""What is kept of a password so that SCRAM can prove it, and nobody who reads it can sign in. Pure but for the salt."""

import base64
import hashlib
import hmac
import os

_ITERATIONS = 4096
_SALT_BYTES = 16


def verifier_of(password: str, salt: bytes | None = None) -> str:
    """In the form of pg_authid.rolpassword, by RFC 5802 and RFC 7677. Passwords of ours are ASCII: no SASLprep."""
    salt = os.urandom(_SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    texts = [base64.b64encode(each).decode() for each in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{texts[0]}${texts[1]}:{texts[2]}"
