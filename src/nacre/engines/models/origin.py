"""Where a provider's base URL leads."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from nacre.engines.models.errors import Kind, ModelError


@dataclass(frozen=True)
class Origin:
    host: str
    port: int
    tls: bool
    netloc: str
    prefix: str

    @classmethod
    def of(cls, base_url: str) -> Self:
        """Raises ModelError DOWN where it is no address that can be asked."""
        try:
            parts = urlsplit(base_url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        tls = parts.scheme == "https"
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username
            or parts.query
            or parts.fragment
        ):
            raise ModelError(
                Kind.DOWN,
                f"{base_url!r} is no base URL of a provider.",
                hint="It looks like https://api.example.com/v1, without a name, a password or a query.",
            )
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
        shown = f"[{host}]" if ":" in host else host
        return cls(
            host, port or (443 if tls else 80), tls, f"{shown}:{port}" if port else shown, parts.path.rstrip("/")
        )

    async def public_address(self) -> str:
        """What its name stands for now, for this connection: a name may lead elsewhere than when it was checked.

        Raises OSError where that is no address of the public internet.
        """
        found = await asyncio.get_running_loop().getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(address[0]) for *_, address in found]
        if not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise OSError("its name leads to this machine or a private network")
        return addresses[0]
