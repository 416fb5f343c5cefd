"""Asks an app for its first page: as a visitor does, through the gateway, and as the gateway does, at its socket."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from nacre.engines.caddy.service import connectable
from nacre.gateway.pages import SHOWN
from nacre.gateway.site import Site

_WEBSERVER_FAULT = 500

Trouble = Literal["refused", "certificate", "silent", "garbage"]


@dataclass(frozen=True)
class Answered:
    """`status` is the answer's, None without one, for the reason in `trouble`, which `why` has in words; `shown` the
    page that the gateway gave in place of the app's answer."""

    seconds: float
    status: int | None = None
    shown: str = ""
    trouble: Trouble | None = None
    why: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and self.status < _WEBSERVER_FAULT and not self.shown


def ask_gateway(site: Site, url: str, within_s: float) -> Answered:
    """GET that address from this machine, whatever the DNS says, and believe its certificate as a browser does."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    context = ssl.create_default_context()
    if not site.is_public:
        context.load_verify_locations(site.root_certificate)

    def connect() -> socket.socket:
        port = site.port if site.domain else site.content_port
        raw = socket.create_connection((connectable(site.host), port), timeout=within_s)
        return context.wrap_socket(raw, server_hostname=name)

    return _ask(connect, parts.netloc, parts.path or "/", within_s)


def ask_socket(path: Path, within_s: float) -> Answered:
    """GET / at a unix socket."""

    def connect() -> socket.socket:
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.settimeout(within_s)
        raw.connect(str(path))
        return raw

    return _ask(connect, "localhost", "/", within_s)


def _ask(connect: Callable[[], socket.socket], host: str, path: str, within_s: float) -> Answered:
    began = time.monotonic()

    def failed(trouble: Trouble, error: Exception) -> Answered:
        return Answered(time.monotonic() - began, trouble=trouble, why=str(error))

    try:
        connection = http.client.HTTPConnection(host, timeout=within_s)
        connection.sock = connect()
        try:
            connection.request("GET", path, headers={"Host": host, "Accept": "text/html", "Connection": "close"})
            answer = connection.getresponse()
            return Answered(time.monotonic() - began, answer.status, answer.headers.get(SHOWN, ""))
        finally:
            connection.close()
    except ssl.SSLError as error:
        return failed("certificate", error)
    except TimeoutError as error:
        return failed("silent", error)
    except OSError as error:
        return failed("refused", error)
    except http.client.HTTPException as error:
        return failed("garbage", error)
