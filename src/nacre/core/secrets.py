"""Secrets at rest: AES-256-GCM with a key id, the key in a file only the daemon can read."""

import base64
import hmac
import os
import secrets
from pathlib import Path
from typing import Self

from nacre.core.errors import Damaged
from nacre.core.whole import write_whole

_KEY_BYTES = 32
_NONCE_BYTES = 12


class SecretBox:
    """Seals and opens short texts. The key file holds one key a line, `id:base64`; the last one seals."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _write_key_file(path)
        self._read(path.read_text())

    @classmethod
    def of(cls, keys: str) -> Self:
        """One of keys written as in the file."""
        box = cls.__new__(cls)
        box._read(keys)
        return box

    def derived(self, purpose: str) -> str:
        """Keys for another process, written as in the file: it opens what it sealed itself, and nothing else."""
        derived = {key_id: hmac.digest(key, purpose.encode(), "sha256") for key_id, key in self._keys.items()}
        return "".join(f"{key_id}:{base64.b64encode(key).decode()}\n" for key_id, key in derived.items())

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt `text`, bound to `purpose` so that one secret cannot be passed off as another."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), purpose.encode())
        return f"{self._current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> str:
        """Decrypt; raises Damaged "secret-unreadable" when key, purpose or text do not fit."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, _, body = sealed.partition(":")
        try:
            raw = base64.b64decode(body)
            return AESGCM(self._keys[key_id]).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
        except (KeyError, ValueError, InvalidTag) as error:
            raise Damaged(
                "secret-unreadable",
                f"A stored secret ({purpose}) cannot be decrypted with the keys in secret.key.",
                hint="Put back the secret.key that belongs to this data.db.",
            ) from error

    def _read(self, text: str) -> None:
        lines = (line.split(":", 1) for line in text.split())
        self._keys = {key_id: base64.b64decode(key) for key_id, key in lines}
        self._current = list(self._keys)[-1]


def new_password() -> str:
    """A random password, safe in URLs without escaping (about 190 bits)."""
    return secrets.token_urlsafe(24)


def _write_key_file(path: Path) -> None:
    """Whole or not at all: a torn key would lock every secret away."""
    write_whole(path, f"k1:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}\n".encode())
