"""Where a repository may be cloned from: an address on the internet, by a protocol that cannot be turned against us."""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.engines.sandbox.egress.destinations import may_be_reached

_PORTS = {"https": 443, "http": 80, "git": 9418}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]+")

Resolve = Callable[[str, int], Iterable[str]]
"""The addresses of a host, as text; raises OSError where it has none."""


@dataclass(frozen=True)
class Origin:
    """`address` is the one that is dialled, whatever the name says meanwhile."""

    url: str
    scheme: str
    host: str
    port: int
    address: str = field(default="")

    @property
    def settings(self) -> list[tuple[str, str]]:
        """git's settings with which it goes there and nowhere else."""
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return [
            (f"protocol.{self.scheme}.allow", "always"),
            ("http.curloptResolve", f"{self.host}:{self.port}:{shown}"),
            ("http.followRedirects", "false"),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "60"),
            ("http.proxy", ""),
        ]

    @property
    def dialled(self) -> str:
        """The URL as git is given it: its own protocol cannot be told where a name leads."""
        if self.scheme != "git":
            return self.url
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"git://{shown}:{self.port}{urlsplit(self.url).path}"


def read_url(url: str) -> Origin:
    """A URL as people give it. Raises InvalidInput "bad-git-url"."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad(url, "it is no URL") from None
    if parts.scheme not in _PORTS:
        raise _bad(url, "only https, http and git addresses are cloned")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(
            "bad-git-url",
            "The address holds a name or a password, which would be written down in many places.",
            hint="Make an empty project, clone the repository yourself, and push it: `git push NACRE_URL main`.",
        )
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or not parts.path.strip("/") or any(not letter.isprintable() for letter in url):
        raise _bad(url, "it names no host and repository")
    return Origin(url, parts.scheme, host, port or _PORTS[parts.scheme])


def located(origin: Origin, resolve: Resolve, own: Iterable[str], *, anywhere: bool) -> Origin:
    """The origin with the address that is dialled.

    Unless `anywhere`, all its addresses must be the internet's: others lead into this machine (`own` are its addresses)
    or the network it stands in. Raises NotAllowed "private-address", InvalidInput "bad-git-url".
    """
    try:
        addresses = list(resolve(origin.host, origin.port))
    except OSError:
        addresses = []
    if not addresses:
        raise _bad(origin.url, f"there is no host “{origin.host}”")
    if not anywhere and not all(may_be_reached(address, own) for address in addresses):
        raise NotAllowed(
            "private-address",
            f"“{origin.host}” is on this machine or its own network, where only an admin may clone from.",
            hint="Ask an admin, or clone it yourself and push it to an empty project.",
        )
    return Origin(origin.url, origin.scheme, origin.host, origin.port, addresses[0])


def resolve(host: str, port: int) -> list[str]:
    """By this machine's resolver; IPv4 first, which more machines are connected by."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


def _bad(url: str, why: str) -> InvalidInput:
    return InvalidInput(
        "bad-git-url", f"“{url:.200}” cannot be cloned: {why}.", hint="Such as https://example.org/team/shop.git"
    )
