"""What the gateway serves, and where: addresses, names and folders, made out of the settings."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nacre.core.settings import Settings
from nacre.gateway.switchboard import Switchboard

CONTENT_LABEL = "content"
"""The name below the domain at which the path forms (/ws/…, /p/…, /code, /jupyter) are served."""

PRIVATE_ENDINGS = ("localhost", "local", "internal", "test", "lan", "home.arpa", "example", "invalid")
"""Endings of names that no public authority certifies."""

_HTTPS = 443
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Site:
    """Where console and content are served. Without a domain people's content is at `content_port`.

    With one, everything is at `port`, told apart by name, and `content_port` is plain HTTP: it redirects, and answers
    the challenges of certificate authorities.
    """

    host: str
    port: int
    content_port: int
    domain: str
    run: Path
    state: Path

    @classmethod
    def of(cls, settings: Settings) -> "Site":
        return cls(
            host=settings.host,
            port=settings.port,
            content_port=_content_port(settings),
            domain=settings.domain.lower(),
            run=settings.home / "run",
            state=settings.home / "gateway",
        )

    @property
    def ports(self) -> tuple[int, int]:
        return self.port, self.content_port

    @property
    def is_public(self) -> bool:
        """Whether certificates come from a public authority: the domain is a name that the whole world can look up."""
        return "." in self.domain and not self.domain.endswith(PRIVATE_ENDINGS)

    @property
    def console(self) -> str:
        """The console's origin, as told to people."""
        return f"https://{self.domain or _named(self.host)}{_suffix(self.port)}"

    @property
    def content(self) -> str:
        """The origin of the path forms of people's content, as told to people."""
        if self.domain:
            return f"https://{CONTENT_LABEL}.{self.domain}{_suffix(self.port)}"
        return f"https://{_named(self.host)}{_suffix(self.content_port)}"

    @property
    def switchboard(self) -> Switchboard:
        """Which socket answers for which app."""
        return Switchboard(self.run / "switchboard")

    @property
    def domains(self) -> Path:
        """Where the gateway finds the domains of apps; see domains.py."""
        return self.run / "domains"

    @property
    def access_log(self) -> Path:
        """One line for each request; see accesslog.py. It is in Caddy's own folder, whose account writes it."""
        return self.state / "access" / "access.log"

    @property
    def app_names(self) -> str:
        """The name below which each app has one of its own; empty where apps have paths alone.

        Browsers lead all names below localhost to the machine they run on, so without a domain there are names on it.
        """
        return self.domain or ("localhost" if self.host in _LOOPBACK else "")

    @property
    def root_certificate(self) -> Path:
        """The certificate that browsers must trust, where Nacre signs its own."""
        return self.run.parent / "root.crt"

    def console_for(self, host: str) -> str:
        """The console's origin for somebody who came by this Host header to either origin."""
        return self.console if self.domain else f"https://{without_port(host)}{_suffix(self.port)}"

    def content_for(self, host: str) -> str:
        """The content's origin for somebody who came by this Host header to either origin."""
        return self.content if self.domain else f"https://{without_port(host)}{_suffix(self.content_port)}"


def console_address(settings: Settings) -> str:
    """Where a person's browser finds this Nacre."""
    if settings.mode != "slim":
        return Site.of(settings).console
    return f"https://{settings.domain}" if settings.domain else f"http://{settings.host}:{settings.port}"


def certified_names(site: Site) -> list[str]:
    """The names and addresses that Nacre's own authority certifies."""
    if site.domain:
        return [site.domain, f"*.{site.domain}"]
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *_own_names(site.host)]))


def passing_names(site: Site) -> frozenset[str]:
    """Those of them that the machine has now and may lose, as by another network."""
    return frozenset(certified_names(site)) - {
        "localhost",
        "127.0.0.1",
        "::1",
        site.host,
        site.domain,
        f"*.{site.domain}",
    }


def without_port(host: str) -> str:
    """The name of a Host header; the brackets of an IPv6 address stay."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and (":" not in name or name.endswith("]")) else host


def _own_names(host: str) -> Iterable[str]:
    """Who listens on every address can be reached by each of them, and by the machine's name."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104
        return [host]
    return [socket.gethostname().lower(), *_own_addresses()]


def _own_addresses() -> list[str]:
    import psutil

    families = (socket.AF_INET, socket.AF_INET6)
    found = [one.address for card in psutil.net_if_addrs().values() for one in card if one.family in families]
    return sorted(address for address in found if "%" not in address and not ipaddress.ip_address(address).is_loopback)


def _content_port(settings: Settings) -> int:
    if settings.content_port:
        return settings.content_port
    return 80 if settings.domain and settings.port == _HTTPS else settings.port + 1


def _named(host: str) -> str:
    """What a person types: browsers treat localhost better than 127.0.0.1."""
    if host in {"127.0.0.1", "0.0.0.0", "::", "::1"}:  # noqa: S104
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _suffix(port: int) -> str:
    return "" if port == _HTTPS else f":{port}"
