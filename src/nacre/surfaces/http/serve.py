"""Serves the daemon on its unix socket and on TCP until told to stop, then ends everything in order."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.settings import Settings
from nacre.surfaces.http.access import OverSocket, OverTcp
from nacre.surfaces.http.app import Api, Served

_FINISH_WITHIN_S = 30


class Startable(Served, Protocol):
    """The daemon: started once the addresses are ours, closed when nobody can call any more."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


async def serve(daemon: Startable, settings: Settings, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Run the daemon until `stop` is set. `ready` is called once it answers.

    Raises Conflict "already-running" or "port-in-use" before the daemon is started.
    """
    # The TCP port first: when another daemon has it, that one's socket file stays untouched.
    tcp = _listen_tcp(settings.host, settings.port)
    unix = _listen_unix(settings.socket)
    try:
        await daemon.start()
        try:
            api = Api(daemon)
            doors = ((OverSocket(api.app), unix), (OverTcp(api.app, daemon.authenticate), tcp))
            servers = [_server(app) for app, _ in doors]
            serving = [server.serve([listener]) for server, (_, listener) in zip(servers, doors, strict=True)]
            tasks = [asyncio.create_task(one) for one in serving]
            ready()  # a listener queues whoever comes before its server is up
            await stop.wait()
            for server in servers:
                server.should_exit = True
            await asyncio.gather(api.close_streams(), *tasks)
            await api.runner.finish()
        finally:
            await daemon.close()
    finally:
        settings.socket.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """One of two servers in this process: signals are ours to handle, not its."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _server(app: ASGIApp) -> _Server:
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_FINISH_WITHIN_S,
    )
    return _Server(config)


def _listen_tcp(host: str, port: int) -> socket.socket:
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


def _listen_unix(path: Path) -> socket.socket:
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
