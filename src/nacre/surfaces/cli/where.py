"""Which daemon the command line talks to: the one of this home, or another one when a token is set."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import InvalidInput
from nacre.surfaces.client import Client, over_http, over_socket

_DEFAULT_PORT = "8420"


@dataclass(frozen=True)
class Where:
    """The daemon's socket, or its URL; with a token the caller is whom that stands for, else the owner.

    `roots` are certificates that an https URL is trusted by, beside the machine's own.
    """

    socket: Path | None = None
    url: str = ""
    token: str = ""
    roots: tuple[Path, ...] = ()


def where(environment: Mapping[str, str]) -> Where:
    """With NACRE_TOKEN the daemon at NACRE_SOCKET, as in a workspace, or else at NACRE_URL (default: this machine's
    gateway); without it the home's socket.

    Raises InvalidInput "url-without-token".
    """
    token = environment.get("NACRE_TOKEN")
    if token and environment.get("NACRE_SOCKET"):
        return Where(socket=Path(environment["NACRE_SOCKET"]), token=token)
    if token:
        url = environment.get("NACRE_URL") or _here(environment)
        return Where(url=url, token=token, roots=tuple(_roots(environment)))
    if environment.get("NACRE_URL"):
        raise InvalidInput(
            "url-without-token",
            "NACRE_URL names another daemon, but there is no NACRE_TOKEN to sign in to it with.",
            hint="Set NACRE_TOKEN, or unset NACRE_URL to speak to the daemon of this machine.",
        )
    return Where(socket=home_of(environment) / "run" / "nacre.sock")


def client_of(environment: Mapping[str, str]) -> Client:
    """A client of that daemon. Raises InvalidInput "url-without-token"."""
    there = where(environment)
    if there.socket is not None:
        return over_socket(there.socket, there.token)
    return over_http(there.url, there.token, there.roots)


def _here(environment: Mapping[str, str]) -> str:
    port = environment.get("NACRE_PORT") or _DEFAULT_PORT
    slim = environment.get("NACRE_MODE") == "slim"
    return f"http://127.0.0.1:{port}" if slim else f"https://localhost:{port}"


def _roots(environment: Mapping[str, str]) -> list[Path]:
    """NACRE_CA, else the root certificate that the gateway of this machine's home signs with, if there is one."""
    given = environment.get("NACRE_CA")
    if given:
        return [Path(given).expanduser()]
    own = home_of(environment) / "root.crt"
    return [own] if os.access(own, os.R_OK) else []


def home_of(environment: Mapping[str, str]) -> Path:
    """NACRE_HOME, or the default home."""
    given = environment.get("NACRE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    from nacre.core.settings import default_home

    return default_home()
