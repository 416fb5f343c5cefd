"""The proxy that a machine reaches the internet through, as curl and others read it from the environment."""

import base64
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass


@dataclass(frozen=True)
class Proxy:
    """`authorization` is the header that lets one in, or empty."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """By HTTPS_PROXY, HTTP_PROXY and NO_PROXY; this machine itself is never asked through one."""
    told = getproxies_environment().get(scheme)
    if not told or _is_here(host) or proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(told if "://" in told else f"http://{told}")
    if not parts.hostname:
        return None
    authorization = ""
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Proxy-Authorization: Basic {base64.b64encode(words.encode()).decode()}\r\n"
    return Proxy(parts.hostname, parts.port or 80, authorization)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
