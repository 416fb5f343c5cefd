"""Addresses of pages: one way to write each, what lies below what, and where on the network it may lead. Pure, but for
asking the resolver."""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.engines.sandbox.egress.destinations import may_be_reached

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000

Resolve = Callable[[str, int], Iterable[str]]
"""The addresses of a host, as text; raises OSError where it has none."""


@dataclass(frozen=True)
class Place:
    """What an address says of whom to ask."""

    tls: bool
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORTS["https" if self.tls else "http"]
        return f"{'https' if self.tls else 'http'}://{shown}" + ("" if usual else f":{self.port}")


def tidy(url: str) -> str:
    """The one way to write an address: without a fragment, its host in small letters. Raises InvalidInput "bad-url"."""
    place = place_of(url)
    return place.origin + place.target


def place_of(url: str) -> Place:
    """Raises InvalidInput "bad-url"."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:
        raise _bad(url, "it is no address") from None
    if parts.scheme not in _PORTS or not host:
        raise _bad(url, "it does not begin with https:// or http:// and a host")
    if parts.username is not None or parts.password is not None:
        raise _bad(url, "it holds a name or a password, which would be shown to all who find its pages")
    if len(url) > _LONGEST or any(not letter.isprintable() for letter in url):
        raise _bad(url, "it is too long, or holds letters that no address has")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return Place(parts.scheme == "https", host, port or _PORTS[parts.scheme], path + (f"?{query}" if query else ""))


def joined(base: str, link: str) -> str | None:
    """Where a link on a page leads, None where that is no page."""
    try:
        return tidy(urljoin(base, link.strip()))
    except (ValueError, InvalidInput):
        return None


def folder_of(url: str) -> str:
    """What all pages beside it and below begin with."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0] + "/", "", ""))


def reachable(place: Place, resolve: Resolve, own: Iterable[str], private_hosts: frozenset[str]) -> list[str]:
    """The addresses to connect to, whatever the name says a moment later.

    All of them must be the internet's: others lead into this machine (`own` are its addresses) or the network it stands
    in, unless the host, or HOST:PORT, is among `private_hosts`. Raises NotAllowed "private-address", OSError.
    """
    found = list(resolve(place.host, place.port))
    if not private_hosts.isdisjoint((place.host, f"{place.host}:{place.port}")):
        return found
    if not all(_is_public(address, own) for address in found):
        raise NotAllowed(
            "private-address",
            f"“{place.host}” is on this machine or its own network, of which no pages are fetched.",
            hint="Whoever runs this Nacre can allow it: knowledge_private_hosts in nacre.toml.",
        )
    return found


def resolve(host: str, port: int) -> list[str]:
    """By this machine's resolver; IPv4 first, which more machines are connected by."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


def _is_public(address: str, own: Iterable[str]) -> bool:
    if not may_be_reached(address, own):
        return False
    parsed = ipaddress.ip_address(address)
    return parsed.is_global and not (isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local)


def _bad(url: str, why: str) -> InvalidInput:
    return InvalidInput("bad-url", f"“{url:.200}” cannot be fetched: {why}.", hint="Such as https://example.org/docs/")
