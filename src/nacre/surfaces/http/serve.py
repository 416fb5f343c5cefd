"""Serves the daemon on its unix socket and to the gateway or on TCP until told to stop, then ends all in order."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Generator, Mapping
from typing import Protocol

import uvicorn
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nacre.accounts.handoff import HandOff
from nacre.accounts.sessions import Sessions
from nacre.console.build import DIST
from nacre.core.settings import Settings
from nacre.engines.processes.users import service_account
from nacre.gateway.authorise import Authoriser
from nacre.gateway.gateway import Gateway
from nacre.gateway.handover import Handover
from nacre.gateway.limits import Limits
from nacre.gateway.site import Site
from nacre.surfaces.http.access import OverSocket, OverTcp
from nacre.surfaces.http.app import Api
from nacre.surfaces.http.behind import BehindGateway
from nacre.surfaces.http.console import Console
from nacre.surfaces.http.door import OverDoor
from nacre.surfaces.http.listening import listen_tcp, listen_unix
from nacre.surfaces.http.served import Served
from nacre.surfaces.ssh.door import git_over_ssh

_FINISH_WITHIN_S = 30
_LARGEST_MESSAGE_BYTES = 1 << 20
_OWNER, _DOOR = "nacre.sock", "door/api.sock"
_SSH = "ssh"
_MOST_AT_THE_DOOR = 2000


class Startable(Served, Protocol):
    """The daemon: started once the addresses are ours, closed when nobody can call any more."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


async def serve(daemon: Startable, settings: Settings, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Run the daemon until `stop` is set. `ready` is called once it answers.

    Raises Conflict "already-running" or "port-in-use" before the daemon is started.
    """
    listeners = _listen(settings)
    try:
        await daemon.start()
        try:
            api = Api(daemon, detailed_errors=settings.mode == "dev")
            if settings.mode != "slim":
                hand_over = Handover(Site.of(settings), daemon.service(Sessions), daemon.service(HandOff))
                api.app.router.routes.append(Route("/handoff", endpoint=hand_over))
            apps = _apps(daemon, settings, api.app)
            servers = {name: _server(name, app) for name, app in apps.items()}
            tasks = [asyncio.create_task(server.serve([listeners[name]])) for name, server in servers.items()]
            async with git_over_ssh(daemon, settings, listeners.get(_SSH)):
                await asyncio.to_thread(ready)  # a listener queues whoever comes before its server is up
                await stop.wait()
            for server in servers.values():
                server.should_exit = True
            await asyncio.gather(api.close_streams(), *tasks)
            await api.runner.finish()
        finally:
            await daemon.close()
    finally:
        for name in listeners.keys() - {"tcp", _SSH}:
            (settings.run / name).unlink(missing_ok=True)


def _listen(settings: Settings) -> dict[str, socket.socket]:
    """By name of the socket file in run/, "tcp" or "ssh". The ports first: when another daemon has them, its files
    stay."""
    ports = {_SSH: listen_tcp(settings.host, settings.ssh_port)} if settings.ssh_port else {}
    if settings.mode == "slim":
        ports["tcp"] = listen_tcp(settings.host, settings.port)
        return ports | {name: listen_unix(settings.run / name) for name in (_OWNER, _DOOR)}
    Gateway.claim_ports(settings)
    names = (_OWNER, _DOOR, "gateway.sock", "authorise.sock")
    return ports | {name: listen_unix(settings.run / name) for name in names}


def _apps(daemon: Startable, settings: Settings, api: ASGIApp) -> Mapping[str, ASGIApp]:
    """What each listener serves. Who calls is told by the listener alone, never by what a request says."""
    authenticated = OverTcp(api, daemon, secure=settings.secure)
    (settings.run / _DOOR).chmod(0o666)  # whoever comes by it brings a token
    within: dict[str, ASGIApp] = {_OWNER: OverSocket(api), _DOOR: OverDoor(api, daemon)}
    if settings.mode == "slim":
        tcp = Console(authenticated, DIST) if settings.console else authenticated
        return {**within, "tcp": tcp}
    account = service_account(settings.user)
    if account:
        for name in ("gateway.sock", "authorise.sock"):
            os.chown(settings.run / name, account.uid, account.gid)  # Caddy runs as that user
    return {
        **within,
        "gateway.sock": BehindGateway(authenticated, daemon.service(Limits)),
        "authorise.sock": daemon.service(Authoriser),
    }


class _Server(uvicorn.Server):
    """One of several servers in this process: signals are ours to handle, not its."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _AtTheDoor(HttpToolsProtocol):
    """A workspace may open as many connections as it likes and say nothing: all of the daemon's descriptors must not
    go into them."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) < _MOST_AT_THE_DOOR:
            super().connection_made(transport)
        else:
            self.transport = transport
            transport.abort()


def _server(name: str, app: ASGIApp) -> _Server:
    """On TCP a proxy on this machine may say for whom it asks."""
    config = uvicorn.Config(
        app,
        loop="none",
        http=_AtTheDoor if name == _DOOR else "httptools",
        ws="websockets-sansio",
        ws_max_size=_LARGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a keystroke's echo is not worth compressing
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=name == "tcp",
        timeout_graceful_shutdown=_FINISH_WITHIN_S,
    )
    return _Server(config)
