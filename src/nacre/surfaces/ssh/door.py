"""The SSH server: it lets in who holds a key that is known here, and lets them do nothing but git."""

import contextlib
import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.accounts.keys import Keys
from nacre.core.settings import Settings
from nacre.core.whole import write_whole
from nacre.surfaces.http.served import Served

if TYPE_CHECKING:
    from asyncssh import SSHKey

_SIGN_IN_WITHIN_S = 30
_ASK_IDLE_EVERY_S = 60


@contextlib.asynccontextmanager
async def git_over_ssh(daemon: Served, settings: Settings, listener: socket.socket | None) -> AsyncIterator[None]:
    """Serve on `listener` while the block runs; without one, nothing of SSH is even loaded."""
    if listener is None:
        yield
        return
    import asyncssh

    from nacre.surfaces.ssh.session import Sessions
    from nacre.surfaces.ssh.visitor import Visitor

    server = await asyncssh.listen(
        sock=listener,
        config=None,
        server_factory=partial(Visitor, daemon.service(Keys)),
        server_host_keys=[host_key(settings.home / "ssh_host_key")],
        process_factory=Sessions(daemon).serve,
        encoding=None,
        allow_pty=False,
        allow_scp=False,
        agent_forwarding=False,
        x11_forwarding=False,
        login_timeout=_SIGN_IN_WITHIN_S,
        keepalive_interval=_ASK_IDLE_EVERY_S,
    )
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


def host_key(path: Path) -> "SSHKey":
    """What this Nacre is known by to SSH clients; made once, whole or not at all."""
    import asyncssh

    if not path.exists():
        write_whole(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)
