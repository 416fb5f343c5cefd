"""Secrets handed out once: long and random, kept only as digests."""

import hashlib
import hmac
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits, safe in URLs and cookies."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def successor(secret: str, salt: str) -> str:
    """The secret that follows `secret`: the same for all who hold it, and no use without the salt, which stays here."""
    return hmac.new(salt.encode(), secret.encode(), hashlib.sha256).hexdigest()
