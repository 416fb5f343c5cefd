"""What is kept of a password so that SCRAM can prove it, and nobody who reads it can sign in. Pure but for the salt."""

import base64
import hashlib
import hmac
import os

_ITERATIONS = 4096
_SALT_BYTES = 16


def nobodys(secret: str, name: str) -> str:
    """In place of a verifier for a name that nobody has: of no password, with a salt that is its own and stays.

    A salt that told it from others would tell which names there are. (PostgreSQL does so too: mock_scram_secret.)
    """
    salt = base64.b64encode(hmac.digest(secret.encode(), name.encode(), "sha256")[:_SALT_BYTES]).decode()
    nothing = base64.b64encode(bytes(32)).decode()  # 32 bytes of zero are nobody's StoredKey
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt}${nothing}:{nothing}"


def verifier_of(password: str, salt: bytes | None = None) -> str:
    """In the form of pg_authid.rolpassword, by RFC 5802 and RFC 7677. Passwords of ours are ASCII: no SASLprep."""
    salt = os.urandom(_SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    texts = [base64.b64encode(each).decode() for each in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{texts[0]}${texts[1]}:{texts[2]}"
