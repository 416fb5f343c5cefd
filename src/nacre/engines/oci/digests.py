"""Digests as OCI writes them: `sha256:` and 64 hexadecimal digits."""

import hashlib
import re
from typing import NewType

from nacre.core.errors import InvalidInput

Digest = NewType("Digest", str)

_FORM = re.compile(r"sha256:[0-9a-f]{64}")


def parse_digest(text: str) -> Digest:
    """Raises InvalidInput "bad-digest" for anything but sha256, which is what every registry speaks."""
    if not _FORM.fullmatch(text):
        raise InvalidInput(
            "bad-digest",
            f"“{text[:100]}” is not a digest.",
            hint="A digest is sha256: and 64 hexadecimal digits in small letters.",
        )
    return Digest(text)


def digest_of(data: bytes) -> Digest:
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")


def hex_of(digest: Digest) -> str:
    return digest.removeprefix("sha256:")


def require_digest(expected: Digest | None, found: Digest, what: str) -> None:
    """Raises InvalidInput "digest-mismatch" when both are known and differ."""
    if expected is not None and expected != found:
        raise InvalidInput(
            "digest-mismatch",
            f"{what} has the digest {found}, not {expected} as announced; it was not stored.",
            hint="It was damaged on the way, or something else was sent: send it again.",
        )
