"""Which daemon the command line talks to: the one of this home, or by URL when a token is set."""

import os
from collections.abc import Mapping
from pathlib import Path

from nacre.core.errors import InvalidInput
from nacre.surfaces.client import Client, over_http, over_socket

_DEFAULT_PORT = "8420"


def client_of(environment: Mapping[str, str]) -> Client:
    """With NACRE_TOKEN the daemon at NACRE_URL (default: this machine's gateway), else the home's socket.

    Raises InvalidInput "url-without-token".
    """
    token = environment.get("NACRE_TOKEN")
    if token:
        return over_http(environment.get("NACRE_URL") or _here(environment), token, _roots(environment))
    if environment.get("NACRE_URL"):
        raise InvalidInput(
            "url-without-token",
            "NACRE_URL names another daemon, but there is no NACRE_TOKEN to sign in to it with.",
            hint="Set NACRE_TOKEN, or unset NACRE_URL to speak to the daemon of this machine.",
        )
    return over_socket(home_of(environment) / "run" / "nacre.sock")


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
