"""Passwords: which are refused as too weak, and how they are kept (Argon2id) and checked."""

import threading
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from nacre.accounts.secrets import new_secret
from nacre.core.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 1000
_AT_ONCE = 2
_COMMON = frozenset(
    [
        "0123456789",
        "1234567890",
        "12345678910",
        "1234567891",
        "0987654321",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "abcdefghij",
        "abcdefghijk",
        "adminadmin",
        "administrator",
        "changeme123",
        "changemenow",
        "iloveyou123",
        "letmein123",
        "passw0rd123",
        "password01",
        "password12",
        "password123",
        "password1234",
        "passwordpassword",
        "q1w2e3r4t5",
        "qazwsxedcrfv",
        "qwerty12345",
        "qwerty123456",
        "qwertyuiop",
        "qwertyuiop123",
        "secretsecret",
        "welcome123",
    ]
)


def check_strength(password: str, *names: str) -> None:
    """Refuse a password that is short, common, one repeated character, or no more than one of the person's `names`.

    Length is what counts (NIST SP 800-63B, 5.1.1.2): no rule asks for digits or capitals. Raises InvalidInput
    "weak-password".
    """
    plain = _normal(password)
    folded = plain.casefold()
    if min(len(password), len(plain)) < SHORTEST:
        raise _weak(f"has fewer than {SHORTEST} characters")
    if max(len(password), len(plain)) > LONGEST:
        raise _weak(f"has more than {LONGEST} characters")
    if len(set(folded)) < 3:
        raise _weak("is the same over and over")
    if folded in _COMMON:
        raise _weak("is one of those that are tried first")
    letters = "".join(letter for letter in folded if letter.isalpha())
    for name in names:
        bare = "".join(letter for letter in _normal(name).casefold() if letter.isalpha())
        if bare and letters and letters in (bare, bare * 2):
            raise _weak("is your name")


class Passwords:
    """Makes and checks hashes. Blocks for a tenth of a second and takes 64 MiB; at most two at once."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(_normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the one kept. Without one kept, the same work is done, so that time tells nothing."""
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._room:
            try:
                return self._hasher.verify(kept or self._nobodys, _normal(password)) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        hasher = PasswordHasher()  # RFC 9106, second recommendation: 3 passes, 64 MiB, 4 lanes
        self._nobodys = hasher.hash(new_secret())
        return hasher


def _normal(password: str) -> str:
    """One form for what looks the same, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def _weak(why: str) -> InvalidInput:
    return InvalidInput(
        "weak-password",
        f"This password {why}.",
        hint=f"Take {SHORTEST} characters or more: a few words that come to your mind will do.",
    )
