"""Where a model may be: keys travel encrypted, and people's databases reach nothing private through the side-car."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from nacre.core.errors import InvalidInput, NotAllowed


def check_url(url: str) -> str:
    """The base URL without a slash at its end. Raises "llm-bad-arguments" (LM014) where it is none that may be used."""
    parts = urlsplit(url)
    try:
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise InvalidInput(
            "llm-bad-arguments",
            f"“{url}” is not the address of a model: https://HOST/PATH, without a name, a question mark or a #.",
            hint="For example https://api.openai.com/v1, or http://127.0.0.1:11434/v1 on this machine.",
        )
    if parts.scheme == "http" and _is_public(host):
        raise InvalidInput(
            "llm-bad-arguments",
            f"{host} would be told the key over plain http.",
            hint="Write https://. Plain http is for this machine and its private networks.",
        )
    return url.rstrip("/")


async def refuse_private(url: str, allowed: frozenset[str]) -> None:
    """Refuse what a database's owner names on this machine or in its private networks: the side-car reaches further
    than they do. `allowed` are hosts, or HOST:PORT, that they may name all the same.

    Raises NotAllowed "llm-not-allowed" (LM013).
    """
    if is_allowed(url, allowed):
        return
    host, port = _place(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return  # nobody is reached by a name that leads nowhere
    if not all(ipaddress.ip_address(str(address[0])).is_global for *_, address in found):
        raise NotAllowed(
            "llm-not-allowed",
            f"{host} is on this machine or in a private network, where a database's own models may not be.",
            hint="An admin may add it for all (`nacre llm model add`), or allow it: llm_private_hosts in nacre.toml.",
        )


def is_allowed(url: str, allowed: frozenset[str]) -> bool:
    """Whether its host, or HOST:PORT, is among those that are allowed wherever they are."""
    host, port = _place(url)
    return not allowed.isdisjoint((host, f"{host}:{port}"))


def is_here(url: str) -> bool:
    """Whether it is surely on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _is_public(host: str) -> bool:
    """Whether a host is surely not of this machine or a private network; a name with a dot counts as public."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".lan", ".localhost", ".home.arpa"))
