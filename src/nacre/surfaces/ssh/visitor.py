"""One connection until it is known who is there."""

import asyncssh
from anyio.to_thread import run_sync

from nacre.accounts.keys import Keys, fingerprint

KEY = "nacre_key"
"""Where the connection keeps the fingerprint of the key that it was opened with."""


class Visitor(asyncssh.SSHServer):
    """A key is all that lets anybody in; the user's name may be anything, `git` by custom."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Asked before the client has to prove that it holds the key, and again when it does."""
        shown = fingerprint(key.public_data)
        known = await run_sync(self._keys.authenticate, shown) is not None
        self._connection.set_extra_info(**{KEY: shown if known else None})
        return known
