"""The listeners: made before the daemon starts, so that a taken address changes nothing."""

import os
import socket
from pathlib import Path

from nacre.core.errors import Conflict, InvalidInput


def listen_tcp(host: str, port: int) -> socket.socket:
    """Raises Conflict "port-in-use"."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Conflict(
            "port-in-use",
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            hint="Stop what listens there, or choose another port: `nacre up --port N` or NACRE_PORT.",
        ) from None
    listener.listen(128)
    listener.setblocking(False)
    return listener


def listen_unix(path: Path) -> socket.socket:
    """A socket for this process alone. Raises Conflict "already-running", InvalidInput "bad-home"."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    if _answers(path):
        raise Conflict(
            "already-running",
            f"A daemon already answers at {path}.",
            hint="`nacre status` shows it; `nacre down` stops it.",
        )
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)  # the file is private from its first moment
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise InvalidInput(
            "bad-home",
            f"No socket can be made at {path}: {error}.",
            hint="Choose another NACRE_HOME: a short path (the socket's may have 107 bytes) on a local disk.",
        ) from None
    finally:
        os.umask(mask)
    listener.listen(128)
    listener.setblocking(False)
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
